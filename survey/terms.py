"""What is settled before the first question of an interview."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from analysis.study.plan import FormRules, Plan, Sample
from survey.areas import Line, choice_on
from survey.instrument.initial import initial_answers
from survey.instrument.items import Group, Kind, Question
from survey.instrument.questions import Form
from survey.rotation import drawn_of
from survey.versions import Published

LIVES_HERE = ".lives_here"  # no question can be named so: a name begins with a letter
GEO = ".geo."  # and the name of a question: consent to give a position for it
YES, NO = "1", "0"
MOST_ADULTS = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What nobody who answers can change.

    Attributes
    ----------
    given : mapping
        Answers that the server fills, and what it draws by lot.
    moments : mapping
        What it fills of ``start`` and ``end``: other seconds for each, so no part of a
        page that is kept for many.
    hidden : frozenset
        Questions that this respondent is not asked.
    area_question : str or None
        The question that asks where the person lives.
    home_is_known : bool
        Whether the code or the visit says where he lives, whatever he answers.
    suggestion : str or None
        The answer to the area question if he lives at the place that he
        scanned, put as a yes or no.
    suggested_name : str
        What that place is called.
    seed : int
        Of the response: settles orders and what is drawn at random.
    """

    study_id: str
    form: Form
    rules: FormRules
    zone: ZoneInfo
    given: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    area_question: str | None = None
    home_is_known: bool = False
    suggestion: str | None = None
    suggested_name: str = ""
    seed: int = 0
    moments: Mapping[str, str] = field(default_factory=dict)

    @property
    def varies(self) -> bool:
        """Whether respondents see different orders or texts."""
        rotation = self.rules.rotation
        return bool(rotation.choices or rotation.questions)

    @property
    def key(self) -> tuple[object, ...]:
        """What the first page shows of the terms beside the form."""
        given = tuple(sorted(self.given.items()))
        return given, self.hidden, self.home_is_known, self.suggestion, self.suggested_name


def terms_of(
    plan: Plan,
    published: Published,
    sample: Sample,
    line: Line,
    *,
    entry_point: str,
    mode: str,
    seed: int,
    began: datetime,
    now: datetime,
    home_is_known: bool,
    suggests: bool,
    at_door: bool = False,
) -> Terms:
    """Settle the terms of an interview.

    Parameters
    ----------
    began, now
        When its first page was made: what the server fills stays the same until the
        last one; only ``end`` is the moment of this page.
    line
        The area of the code or of the visit, and those above it.
    home_is_known
        Whether the person surely lives there (a drawn household, a visit).
    suggests
        Whether he probably does (a community's own place).
    """
    rules = plan.form
    form = _form_of(published, sample)
    own = _choice_of_area(form, rules, line)
    zone = ZoneInfo(plan.timezone)
    filled = _filled(form, zone, seed, began)
    moments = dict(_moments(form, began.astimezone(zone), now.astimezone(zone)))
    given = {name: text for name, text in filled.items() if name not in moments}
    if rules.entry_point:
        given[rules.entry_point] = entry_point
    if rules.mode:
        given[rules.mode] = mode
    if home_is_known and rules.area and own:
        given[rules.area] = own
    if rules.overclaim:
        given[rules.overclaim.item] = drawn_of(seed, rules.overclaim.bank)
    return Terms(
        study_id=plan.id,
        form=form,
        rules=rules,
        zone=zone,
        given={name: text for name, text in given.items() if form.question(name) and text},
        hidden=frozenset(rules.hidden_at_door) if at_door else form.images,
        area_question=rules.area,
        home_is_known=home_is_known,
        suggestion=own if suggests and not home_is_known else None,
        suggested_name=line[0].name if line else "",
        seed=seed,
        moments=moments,
    )


def _filled(form: Form, zone: ZoneInfo, seed: int, began: datetime) -> dict[str, str]:
    """What no respondent writes: hidden rows, the day, and computed values that are read only."""
    if not form.has_computed:
        return {q.name: q.default for q in form.filled if q.default}
    names = {question.name for question in form.filled}
    first = initial_answers(form, began, zone, seed)
    return {name: text for name, text in first.items() if name.partition("[")[0] in names}


def _moments(form: Form, began: datetime, now: datetime) -> Iterator[tuple[str, str]]:
    for question in form.moments:
        moment = began if question.kind is Kind.START else now
        yield question.name, moment.isoformat(timespec="seconds")


def _form_of(published: Published, sample: Sample) -> Form:
    """The form that a sample's respondents get, made once: its rules are parsed when first used."""
    factor = sample.base_weight.factor
    if factor is None or published.form.question(factor) is not None:
        return published.form
    key = (published.form.form_id, published.form.version, published.id, factor)
    if key not in _extended:
        _extended[key] = with_household_size(published.form, sample)
    return _extended[key]


_extended: dict[tuple[str, str, int, str], Form] = {}


def with_household_size(form: Form, sample: Sample) -> Form:
    """The form with the question that the design needs and the form does not have.

    A base weight with a factor wants the number of eligible adults in the home.
    It is asked on the last page, so that it does not stand between the
    resident and the first question.
    """
    factor = sample.base_weight.factor
    if factor is None or form.question(factor) is not None:
        return form
    question = Question(
        name=factor,
        kind=Kind.INTEGER,
        label={
            "zh": "您家里符合调查条件的成年人一共有几位(包括您自己)?",
            "en": "How many adults who may answer live in your home, you included?",
        },
        required="true()",
        constraint=f". >= 1 and . <= {MOST_ADULTS}",
        constraint_message={
            "zh": f"请填写 1 到 {MOST_ADULTS} 之间的人数",
            "en": f"Write a number from 1 to {MOST_ADULTS}",
        },
    )
    *before, last = form.children
    if isinstance(last, Group) and last.relevant is None:
        last = replace(last, children=(*last.children, question))
        return replace(form, children=(*before, last))
    return replace(form, children=(*form.children, question))


def _choice_of_area(form: Form, rules: FormRules, line: Line) -> str | None:
    question = form.question(rules.area) if rules.area else None
    return choice_on(line, question.codes) if question and line else None
