"""What became of the cases, counted by function."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.expressions.cases import Case
from tests.expressions.engines import Found, Value

_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Outcome:
    """A case and what was found where it is not as expected, by zone."""

    case: Case
    wrong: dict[str, object]

    def passed(self) -> bool:
        return not self.wrong


def judged(cases: Sequence[Case], found: Iterable[dict[str, Found]]) -> list[Outcome]:
    return [
        Outcome(case, {z: _shown(case, f) for z, f in by_zone.items() if not _right(case, f)})
        for case, by_zone in zip(cases, found, strict=True)
    ]


def table(outcomes: Sequence[Outcome]) -> str:
    """The failed cases, then passed / total of each function and of all."""
    lines = [
        f"FAILED {one.case.id} in {zone}: {one.case.expression}"
        f" found {found!r}, expected {one.case.expected!r}"
        for one in outcomes
        for zone, found in one.wrong.items()
    ]
    total = Counter(one.case.function for one in outcomes)
    passed = Counter(one.case.function for one in outcomes if one.passed())
    width = max(map(len, [*total, "total"]))
    lines += [f"{name:{width}}  {passed[name]} / {total[name]}" for name in sorted(total)]
    return "\n".join([*lines, f"{'total':{width}}  {passed.total()} / {total.total()}"])


def _right(case: Case, found: Found) -> bool:
    if not isinstance(found, Value):
        return False
    if case.kind != "number":
        return bool(getattr(found, case.kind) == case.expected)
    number, expected = found.number, float(case.expected)
    if math.isnan(expected) or not math.isfinite(number):
        return number == expected or (math.isnan(number) and math.isnan(expected))
    if case.decimals is not None:
        number = round(number, case.decimals)
    return math.isclose(number, expected, rel_tol=_TOLERANCE, abs_tol=0)


def _shown(case: Case, found: Found) -> object:
    return getattr(found, case.kind) if isinstance(found, Value) else found
