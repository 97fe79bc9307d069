"""What a rehearsal is asked to do, and everything that is wrong with it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite

from analysis.indicators import Indicator, code_answers
from analysis.study.cell_texts import is_number
from analysis.study.files import PLAN_FILE
from analysis.study.plan import Sample
from analysis.study.problems import Problem, StudyRefused
from analysis.study.study import Study

ASSESSOR = re.compile(r"([0-9]{1,6})\s*[x×*]\s*([0-9]{1,6})")
MOST_COPIES = 20_000
MOST_PERSONS = 1_000_000  # of one copy, or of an assessor
LEAST_RESPONSE = 0.001
FEWEST = 2  # clusters of a stratum whose spread can be seen


@dataclass(frozen=True, slots=True)
class Wishes:
    """As somebody typed them; None is the study's own.

    Attributes
    ----------
    rates : sequence of str
        ``INDICATOR=NUMBER``: percent of a rate, points of a score.
    assessor : str or None
        ``18x25``: communities and persons in each.
    """

    sample: str | None = None
    copies: int = 1000
    seed: int = 1
    rates: Sequence[str] = ()
    icc: float | None = None
    response: float | None = None
    clusters: int | None = None
    per_cluster: int | None = None
    cost_cluster: float | None = None
    cost_interview: float | None = None
    assessor: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """Wishes that can be met.

    Attributes
    ----------
    rates : mapping of indicator to proportion, or points of a score
    response : float or None
        Share of drawn addresses that answer; None where nothing is known of it.
    response_from : str
        Sample whose contacts gave the share; empty where it was given or is not known.
    assessor : (communities, persons in each) or None
    """

    sample: Sample
    copies: int
    seed: int
    icc: float | None
    clusters: int | None
    per_cluster: int | None
    cost_cluster: float | None
    cost_interview: float | None
    rates: Mapping[str, float] = field(default_factory=dict)
    response: float | None = None
    response_from: str = ""
    assessor: tuple[int, int] | None = None

    def cost(self, interviews: float, clusters: float) -> float | None:
        """What so many interviews and clusters cost; None where no price was given."""
        if self.cost_cluster is None and self.cost_interview is None:
            return None
        return clusters * (self.cost_cluster or 0.0) + interviews * (self.cost_interview or 0.0)


def checked(study: Study, wishes: Wishes) -> Checked:
    """The wishes, read and completed from the study.

    Raises
    ------
    StudyRefused
        With everything that is wrong.
    """
    reader = _Reader(study, wishes)
    found = reader.read()
    if reader.problems or found is None:
        raise StudyRefused(reader.problems)
    return found


def latest(study: Study) -> Sample | None:
    """The probability sample with answers of the latest wave; the last one of the plan there."""
    opens = {wave.id: wave.opens for wave in study.plan.waves}
    samples = probability_samples(study)
    return max(samples, key=lambda s: (opens[s.wave], samples.index(s)), default=None)


def probability_samples(study: Study) -> list[Sample]:
    """Those that have answers."""
    return [s for s in study.plan.samples if s.is_probability and study.data[s.id].tally.n]


def known_response(study: Study, sample: Sample) -> tuple[float | None, str]:
    """Answers over contacts of the sample, or of the newest one of its name that has them.

    Every contact counts that was drawn, those found not eligible too.
    """
    opens = {wave.id: wave.opens for wave in study.plan.waves}
    others = [s for s in study.plan.samples if s.name == sample.name and s.id != sample.id]
    others.sort(key=lambda s: opens[s.wave], reverse=True)
    for source in (sample, *others):
        contacts = sum(study.dispositions.get(source.id, {}).values())
        answers = study.data[source.id].tally.n
        if 0 < answers <= contacts:
            return answers / contacts, source.id
    return None, ""


class _Reader:
    """Reads wishes and notes each fault under the name of its option."""

    def __init__(self, study: Study, wishes: Wishes) -> None:
        self.study, self.wishes = study, wishes
        self.problems: list[Problem] = []

    def fault(self, option: str, found: object, zh: str, en: str) -> None:
        self.problems.append(Problem(f"--{option}", None, "", str(found), zh, en))

    def read(self) -> Checked | None:
        wishes = self.wishes
        sample = self._sample()
        self._check_numbers()
        assessor = self._assessor()
        sample = sample or latest(self.study)  # so that other faults are told, too
        if sample is None:
            return None
        self._check_design(sample)
        response, source = known_response(self.study, sample)
        if wishes.response is not None:
            response, source = wishes.response, ""
        return Checked(
            sample=sample,
            copies=wishes.copies,
            seed=wishes.seed,
            icc=wishes.icc,
            clusters=wishes.clusters,
            per_cluster=wishes.per_cluster,
            cost_cluster=wishes.cost_cluster,
            cost_interview=wishes.cost_interview,
            rates=self._rates(sample),
            response=response,
            response_from=source,
            assessor=assessor,
        )

    def _sample(self) -> Sample | None:
        there = probability_samples(self.study)
        if not there:
            zh, en = "有答卷的概率样本", "a probability sample with answers"
            kinds = ", ".join(f"{s.id}: {s.kind.value}" for s in self.study.plan.samples)
            self.problems.append(Problem(PLAN_FILE, None, "sample.kind", kinds, zh, en))
            return None
        if self.wishes.sample is None:
            return latest(self.study)
        chosen = next((s for s in there if s.id == self.wishes.sample), None)
        if chosen is None:
            names = " | ".join(s.id for s in there)
            zh, en = f"有答卷的概率样本:{names}", f"a probability sample with answers: {names}"
            self.fault("sample", self.wishes.sample, zh, en)
        return chosen

    def _check_numbers(self) -> None:
        wishes = self.wishes
        if not FEWEST <= wishes.copies <= MOST_COPIES:
            span = f"{FEWEST}–{MOST_COPIES}"
            self.fault("copies", wishes.copies, f"{span} 之间的整数", f"a whole number, {span}")
        if wishes.seed < 0:
            self.fault("seed", wishes.seed, "整数 ≥ 0", "a whole number >= 0")
        if wishes.icc is not None and not 0 <= wishes.icc <= 1:
            self.fault("icc", wishes.icc, "0 到 1 的数", "a number from 0 to 1")
        if wishes.response is not None and not LEAST_RESPONSE <= wishes.response <= 1:
            zh, en = f"{LEAST_RESPONSE} 到 1 的数", f"a number from {LEAST_RESPONSE} to 1"
            self.fault("response", wishes.response, zh, en)
        for name, price in (
            ("cost-cluster", wishes.cost_cluster),
            ("cost-interview", wishes.cost_interview),
        ):
            if price is not None and not (isfinite(price) and price >= 0):
                self.fault(name, price, "数 ≥ 0", "a number >= 0")

    def _check_design(self, sample: Sample) -> None:
        """Clusters and interviews that were wished: possible, and of a sample with clusters."""
        wishes = self.wishes
        if sample.cluster is None:
            for name, wish in (
                ("icc", wishes.icc),
                ("clusters", wishes.clusters),
                ("per-cluster", wishes.per_cluster),
                ("cost-cluster", wishes.cost_cluster),
            ):
                if wish is not None:
                    zh, en = f"有初级抽样单元的样本({sample.id} 没有)", "a sample with clusters"
                    self.fault(name, wish, zh, f"{en}, which {sample.id} is not")
            return
        weighting = self.study.plan.headline_of(sample)
        by_cluster = [
            v for v in weighting.variables if self.study.plan.source_of(v) == sample.cluster
        ]
        if by_cluster:
            zh = "不按初级抽样单元加权(副本抽取的是别的单元)"
            en = "a weighting without the cluster: a copy draws other ones"
            where = f"weighting.{weighting.id}"
            self.problems.append(Problem(PLAN_FILE, None, where, by_cluster[0], zh, en))
        whole, drawn = clusters_of(self.study, sample)
        if drawn and max(drawn) < FEWEST:
            zh, en = "某一层有两个初级抽样单元", "a stratum with two clusters"
            where = f"sample.{sample.id}.cluster"
            self.problems.append(Problem(PLAN_FILE, None, where, sample.cluster, zh, en))
        least = whole + len(drawn) * min([FEWEST, *drawn])
        if wishes.clusters is not None and wishes.clusters < least:
            zh, en = f"至少 {least}(每层至少两个)", f"at least {least}, two in each stratum"
            self.fault("clusters", wishes.clusters, zh, en)
        if wishes.per_cluster is not None and wishes.per_cluster < 1:
            self.fault("per-cluster", wishes.per_cluster, "整数 ≥ 1", "a whole number >= 1")
        there = whole + sum(drawn)
        clusters = there if wishes.clusters is None else wishes.clusters
        size = wishes.per_cluster or self.study.data[sample.id].tally.n / there
        if clusters * size > MOST_PERSONS:
            option = "per-cluster" if wishes.clusters is None else "clusters"
            zh, en = f"总共至多 {MOST_PERSONS} 份", f"at most {MOST_PERSONS} interviews in all"
            self.fault(option, f"{clusters * size:.0f}", zh, en)

    def _assessor(self) -> tuple[int, int] | None:
        text = self.wishes.assessor
        if text is None:
            return None
        match = ASSESSOR.fullmatch(text.strip())
        size = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= size[0] * size[1] <= MOST_PERSONS:
            zh = "社区数x每个社区人数,如 18x25"
            self.fault("assessor", text, zh, "communities x persons in each, such as 18x25")
            return None
        if all(indicator.target is None for indicator in self.study.indicators):
            zh, en = "有目标的指标(target)", "an indicator with a target"
            self.fault("assessor", text, zh, en)
        return size

    def _rates(self, sample: Sample) -> dict[str, float]:
        found: dict[str, float] = {}
        known = {indicator.code: indicator for indicator in self.study.indicators}
        for text in self.wishes.rates:
            code, sign, number = (part.strip() for part in text.partition("="))
            if not sign or code not in known or code in found:
                names = " | ".join(known)
                zh = f"指标=数值,每个指标一次;指标:{names}"
                self.fault("rate", text, zh, f"INDICATOR=NUMBER, each once, of {names}")
                continue
            low, high = self._bounds(known[code], sample)
            value = float(number) if is_number(number) else low - 1
            if not low <= value <= high:
                span = f"{low:g}–{high:g}"
                zh = f"{span} 的数" if low < high else "样本中有答案且答案不全相同的指标"
                en = f"a number of {span}" if low < high else "an indicator whose answers differ"
                self.fault("rate", text, zh, en)
                continue
            found[code] = value / 100 if known[code].is_rate else value
        return found

    def _bounds(self, indicator: Indicator, sample: Sample) -> tuple[float, float]:
        """The values that the rate or mean may have: percent, or points that occurred."""
        coded = code_answers(indicator, self.study.data[sample.id].tally)
        points = coded.numerator[coded.denominator > 0]
        if not len(points):
            return inf, -inf
        return (0.0, 100.0) if indicator.is_rate else (float(points.min()), float(points.max()))


def clusters_of(study: Study, sample: Sample) -> tuple[int, list[int]]:
    """Clusters of the strata taken whole together, and of each other stratum."""
    tally = study.data[sample.id].tally
    assert sample.cluster is not None
    codes = tally.columns[sample.cluster].codes.tolist()
    strata = [""] * len(codes)
    if sample.strata:
        column = tally.columns[sample.strata]
        strata = [column.values[code] for code in column.codes.tolist()]
    number = Counter(stratum for stratum, _ in set(zip(strata, codes, strict=True)))
    whole = sum(number.pop(stratum, 0) for stratum in sample.certainty_strata)
    return whole, list(number.values())
