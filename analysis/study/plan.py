"""The plan: study.toml as values that the statistics and the platform share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from analysis.intervals import Method
from analysis.strata import Lonely

ROOT = "root"  # the domain that is the whole study


class SampleKind(StrEnum):
    """How people were selected, not how they answered."""

    PROBABILITY = "probability"
    QUOTA = "quota"
    OPT_IN = "opt-in"


class Covariance(StrEnum):
    AUTO = "auto"
    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Wave:
    """One round of fieldwork (波次), open from ``opens`` to the end of ``closes``."""

    id: str
    title_zh: str
    title_en: str
    opens: date
    closes: date


@dataclass(frozen=True, slots=True)
class Recode:
    """A grouping made from an answer: code of ``source`` to group."""

    name: str
    source: str
    rule: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BaseWeight:
    """Either ``population`` (with ``factor`` and its cap, or without) or ``column``."""

    population: str | None = None
    factor: str | None = None
    factor_cap: float | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a wave; ``name`` is its id after the wave's id and one character.

    ``declared`` is the kind that study.toml says, ``kind`` the one that counts:
    a probability sample without selection, or with substitution, is a quota sample.
    """

    id: str
    wave: str
    name: str
    declared: SampleKind
    kind: SampleKind
    selection: Mapping[str, str]
    responses: str
    area: str
    strata: str | None
    cluster: str | None
    certainty_strata: frozenset[str]
    not_covered: frozenset[str]
    base_weight: BaseWeight
    lonely: Lonely
    fpc: str | None

    @property
    def is_probability(self) -> bool:
        return self.kind is SampleKind.PROBABILITY


@dataclass(frozen=True, slots=True)
class Weighting:
    """One way to weight; ``margins`` is empty for base weights alone.

    One margin with ``raked`` False is post-stratification; ``samples`` None is all.
    """

    id: str
    samples: tuple[str, ...] | None
    margins: tuple[tuple[str, ...], ...]
    raked: bool
    trim: float | None
    collapse: bool
    drop_missing: bool

    def is_for(self, sample: Sample) -> bool:
        return self.samples is None or sample.id in self.samples

    @property
    def margin_names(self) -> tuple[str, ...]:
        return tuple("*".join(variables) for variables in self.margins)

    @property
    def variables(self) -> tuple[str, ...]:
        """Every weighting variable once, in order."""
        return tuple(dict.fromkeys(v for variables in self.margins for v in variables))


@dataclass(frozen=True, slots=True)
class Estimation:
    """What to estimate: ``headline`` by the kind that counts, or one for all under ``""``."""

    headline: Mapping[str, str]
    domains: tuple[str, ...]
    method: Method
    level: float
    minimum_n: int
    changes: tuple[tuple[str, str], ...]
    covariance: Covariance


@dataclass(frozen=True, slots=True)
class Coached:
    """The question whether somebody said what to answer, and the codes that say so."""

    question: str
    yes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overclaim:
    """A question after something that does not exist, drawn from ``bank``.

    Attributes
    ----------
    item : str
        The hidden question that the server fills with the text that was drawn;
        the label of ``question`` refers to it.
    claims : tuple of str
        The codes that claim to know it.
    """

    question: str
    item: str
    claims: tuple[str, ...]
    bank: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """What each respondent sees in an order of his own; all empty: nothing.

    Attributes
    ----------
    choices : tuple of str
        Questions whose choices are shown in another order.
    questions : tuple of str
        Groups whose questions are.
    keep_last : tuple of str
        Codes that keep their place at the end of ``choices`` (don't know, none).
    """

    choices: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    keep_last: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormRules:
    """What the platform must know of the questionnaire ([form])."""

    consent_question: str | None = None
    consent_yes: tuple[str, ...] = ()
    eligible_question: str | None = None
    eligible_yes: tuple[str, ...] = ()
    area: str | None = None
    entry_point: str | None = None
    mode: str | None = None
    hidden_at_door: tuple[str, ...] = ()
    levels: Mapping[str, str] | None = None
    coached: Coached | None = None
    overclaim: Overclaim | None = None
    rotation: Rotation = Rotation()


@dataclass(frozen=True, slots=True)
class Identity:
    """The legal identity of the form (表号, 制定机关, 批准或备案机关, 文号, 有效期至)."""

    form_number: str
    maker: str
    approval_kind: str
    approval_by: str
    approval_number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Population:
    """What the population totals are; printed with every figure."""

    counted_on: date | None = None
    source: str = ""
    ages: str = ""
    residents: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """study.toml, checked. ``document`` is the file as read."""

    id: str
    title_zh: str
    title_en: str
    identity: Identity
    timezone: str
    root_area: str
    population: Population
    form: FormRules
    waves: tuple[Wave, ...]
    recodes: Mapping[str, Recode]
    samples: tuple[Sample, ...]
    weightings: tuple[Weighting, ...]
    estimation: Estimation
    document: Mapping[str, object]

    def source_of(self, variable: str) -> str:
        """The response column behind a variable: itself, or what its recode reads."""
        recode = self.recodes.get(variable)
        return recode.source if recode else variable

    def weightings_of(self, sample: Sample) -> tuple[Weighting, ...]:
        return tuple(weighting for weighting in self.weightings if weighting.is_for(sample))

    def headline_of(self, sample: Sample) -> Weighting:
        """The published weighting; one that is not for the sample gives way to its last."""
        headline = self.estimation.headline
        wanted = headline.get("", headline.get(sample.kind.value, ""))
        weightings = self.weightings_of(sample)
        return next((w for w in weightings if w.id == wanted), weightings[-1])

    def domain_variables(self) -> tuple[str, ...]:
        """Domains other than the whole study."""
        return tuple(domain for domain in self.estimation.domains if domain != ROOT)

    def samples_of(self, wave: str) -> tuple[Sample, ...]:
        return tuple(sample for sample in self.samples if sample.wave == wave)
