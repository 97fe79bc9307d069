"""Rates that the rules against coaching define; pages show them, results/ never has them."""

from collections.abc import Iterable, Iterator

from analysis.codebook import Codebook, VariableKind
from analysis.indicators import Indicator, IndicatorKind
from analysis.study.plan import FormRules

# No indicator of a file is likely to be called so; where one is, it comes first.
COACHED, OVERCLAIM = ".coached", ".overclaim"


def form_rates(
    rules: FormRules, codebook: Codebook, known: Iterable[Indicator]
) -> tuple[Indicator, ...]:
    """The coached share and false awareness, unless a rate of the question is known already."""
    known = tuple(known)
    return tuple(
        one
        for one in _defined(rules, codebook)
        if not any(_is_rate_of(one.questions[0], other) for other in known)
    )


def coached_rate(rules: FormRules, indicators: Iterable[Indicator]) -> Indicator | None:
    """The indicator that says how many were coached, the file's own before ours."""
    if rules.coached is None:
        return None
    found = [one for one in indicators if _is_rate_of(rules.coached.question, one)]
    wanted = frozenset(rules.coached.yes)
    return next((one for one in found if one.numerator == wanted), next(iter(found), None))


def _is_rate_of(question: str, indicator: Indicator) -> bool:
    return indicator.is_rate and indicator.questions == (question,)


def _defined(rules: FormRules, codebook: Codebook) -> Iterator[Indicator]:
    if rules.overclaim:
        rule = rules.overclaim
        name = ("虚报知晓(不存在的活动)", "false awareness (of what does not exist)")
        yield from _rate(OVERCLAIM, name, rule.question, rule.claims, codebook)
    if rules.coached:
        name = ("诱导作答率", "coached-answer rate")
        yield from _rate(COACHED, name, rules.coached.question, rules.coached.yes, codebook)


def _rate(
    code: str, name: tuple[str, str], question: str, counted: tuple[str, ...], codebook: Codebook
) -> Iterator[Indicator]:
    """Counted codes over all codes of a question; none where the questionnaire lacks it."""
    variable = codebook.get(question)
    if variable is None:
        return
    is_multiple = variable.kind is VariableKind.MULTIPLE
    yield Indicator(
        code=code,
        name_zh=name[0],
        name_en=name[1],
        kind=IndicatorKind.RATE,
        questions=(question,),
        multiple=frozenset({question} if is_multiple else ()),
        numerator=frozenset(counted),
        denominator=variable.codes,
        scores={},
        weights=(),
        target=None,
        note="",
        lower_is_better=True,
    )
