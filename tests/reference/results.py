"""Comparing results of JSON's kinds: numbers, texts, lists and dictionaries."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LABELS = {"names", "rownames", "colnames"}
SMALLEST = 1e-12  # of the largest value of the result: what R's own rounding may leave


@dataclass(frozen=True)
class Comparison:
    """Whether a result agrees, and by how much it misses.

    Attributes
    ----------
    ok : bool
    worst : float
        The largest relative error of a number; inf where the shape or a text differs.
    message : str
        The first disagreement and where it is; empty when there is none.
    """

    ok: bool
    worst: float
    message: str = ""


@dataclass(frozen=True)
class Difference:
    """One place of the result: what was compared there."""

    path: str
    error: float
    ok: bool
    message: str = ""


def compare(expected: Any, found: Any, tolerance: float) -> Comparison:
    """Whether found agrees with expected; found may hold more keys.

    Two numbers agree when they differ by at most the tolerance relative to the expected one, or
    by 1e-12 of the largest value of the result. None agrees with None, nan and infinity.
    """
    floor = SMALLEST * max(1.0, largest(expected))
    differences = list(_differences("", expected, found, tolerance, floor))
    failed = [difference for difference in differences if not difference.ok]
    worst = max((difference.error for difference in differences), default=0.0)
    first = f"{failed[0].path or 'result'}: {failed[0].message}" if failed else ""
    return Comparison(not failed, worst, first)


def largest(value: Any) -> float:
    """The largest absolute number anywhere in a result."""
    return max((abs(number) for number in numbers(value)), default=0.0)


def numbers(value: Any) -> Iterator[float]:
    """Every finite number in a result."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from numbers(part)
    elif is_list(value):
        for part in value:
            yield from numbers(part)
    elif is_number(value) and math.isfinite(value):
        yield float(value)


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0


def is_number(value: Any) -> bool:
    """A number of Python or numpy; a truth value is none."""
    return hasattr(value, "__float__") and not is_list(value) and not is_truth(value)


def is_truth(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}


def is_nothing(value: Any) -> bool:
    return value is None or (is_number(value) and not math.isfinite(value))


def _differences(path, expected, found, tolerance, floor) -> Iterator[Difference]:
    if isinstance(expected, Mapping):
        yield from _of_mappings(path, expected, found, tolerance, floor)
    elif is_list(expected) and is_list(found):
        yield from _of_lists(path, list(expected), list(found), tolerance, floor)
    elif is_list(expected) or is_list(found):
        yield from _of_list_and_scalar(path, expected, found, tolerance, floor)
    else:
        yield _of_scalars(path, expected, found, tolerance, floor)


def _of_mappings(path, expected, found, tolerance, floor):
    if not isinstance(found, Mapping):
        yield _mismatch(path, f"expected the keys {list(expected)}, found {_short(found)}")
        return
    held = {str(key): value for key, value in found.items()}
    for key, value in expected.items():
        here = f"{path}.{key}" if path else str(key)
        if key in LABELS and (value is None or (not is_number(value) and len(value) == 0)):
            continue  # R has no names here: nothing to compare
        if str(key) in held:
            yield from _differences(here, value, held[str(key)], tolerance, floor)
        else:
            yield _mismatch(here, f"is missing; found {list(held)}")


def _of_lists(path, expected, found, tolerance, floor):
    if len(expected) != len(found) and not (_single(expected) and _single(found)):
        yield _mismatch(path, f"expected {len(expected)} elements, found {len(found)}")
        return
    for place, (a, b) in enumerate(zip(expected, found, strict=True)):
        yield from _differences(f"{path}[{place}]", a, b, tolerance, floor)


def _single(value):
    """Whether this is one scalar, however deep in lists of one element."""
    while is_list(value) and len(value) == 1:
        value = value[0]
    return not is_list(value) and not isinstance(value, Mapping)


def _of_list_and_scalar(path, expected, found, tolerance, floor):
    if not (_single(expected) and _single(found)):
        yield _mismatch(path, f"expected {_short(expected)}, found {_short(found)}")
        return
    while is_list(expected):
        expected = expected[0]
    while is_list(found):
        found = found[0]
    yield _of_scalars(path, expected, found, tolerance, floor)


def _of_scalars(path, expected, found, tolerance, floor):
    if is_nothing(expected) or is_nothing(found):
        same = is_nothing(expected) and is_nothing(found)
        return Difference(path, 0.0, True) if same else _unequal(path, expected, found)
    if is_number(expected) and is_number(found):
        return _of_numbers(path, float(expected), float(found), tolerance, floor)
    if is_truth(expected) or is_truth(found):
        equal = is_truth(expected) and is_truth(found) and bool(expected) == bool(found)
    else:
        equal = as_key(expected) == as_key(found)
    return Difference(path, 0.0, True) if equal else _unequal(path, expected, found)


def as_key(value: Any) -> str:
    """A level as text: 1, 1.0 and "1" are the same level."""
    return f"{float(value):.15g}" if is_number(value) else str(value)


def _of_numbers(path, expected, found, tolerance, floor):
    missed = abs(found - expected)
    relative = missed / abs(expected) if expected else missed
    ok = missed <= max(tolerance * abs(expected), floor)
    # What only the floor excuses says nothing about the precision of the rest.
    error = 0.0 if ok and relative > tolerance else relative
    return Difference(path, error, ok, "" if ok else f"expected {expected!r}, found {found!r}")


def _unequal(path, expected, found):
    return _mismatch(path, f"expected {_short(expected)}, found {_short(found)}")


def _mismatch(path, message):
    return Difference(path, math.inf, False, message)


def _short(value):
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def check_edge(found: Any) -> Comparison:
    """For a proportion of 0 % or 100 %: an interval that is finite, in [0, 1] and has a width."""
    ends = found.get("ci") if isinstance(found, Mapping) else found
    values = [] if ends is None else list(numbers(_plain(ends)))
    if len(values) != 2:
        return Comparison(False, math.inf, f"an interval is wanted, found {_short(ends)}")
    low, high = values
    if not 0 <= low <= high <= 1:
        return Comparison(False, math.inf, f"not inside [0, 1]: {low!r} to {high!r}")
    if low == high:
        return Comparison(False, math.inf, f"of width 0 at {low!r}")
    return Comparison(True, 0.0)


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value
