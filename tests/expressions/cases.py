"""The cases of a file: expressions with what they read and the value they must give."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

ZONES = ("America/Phoenix", "Asia/Shanghai", "UTC")
_KINDS = {"string": str, "number": (int, float), "boolean": bool}
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class NoCases(Exception):
    """The file is no list of cases."""


@dataclass(frozen=True)
class Case:
    """One case; ``zones`` are those in which the result must be the same."""

    id: str
    function: str
    expression: str
    nodes: Mapping[str, Sequence[str]]
    this: str | None
    kind: str
    expected: str | float | bool
    decimals: int | None
    zones: Sequence[str]


def read_cases(path: Path) -> list[Case]:
    """Read a file.

    Raises
    ------
    NoCases
        Says what is wrong, and with which case.
    """
    try:
        entries = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NoCases(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise NoCases(f"{path}: no JSON: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise NoCases(f"{path}: a JSON list of cases was expected")
    cases, faults = [], []
    for place, entry in enumerate(entries, start=1):
        try:
            cases.append(_case(entry))
        except ValueError as error:
            name = entry.get("id") if isinstance(entry, dict) else None
            faults.append(f"case {place} ({name}): {error}")
    if faults:
        raise NoCases("\n".join([f"{path}: {len(faults)} entries are no cases", *faults]))
    return cases


def _case(entry: object) -> Case:
    _require(isinstance(entry, dict), "an object was expected")
    missing = {"id", "function", "expression", "nodes", "this", "type", "expected"} - entry.keys()
    _require(not missing, f"without {', '.join(sorted(missing))}")
    for key in ("id", "function", "expression"):
        _require(isinstance(entry[key], str), f"{key} is no text")
    _require(entry["this"] is None or isinstance(entry["this"], str), "this is no path")
    _require(entry["type"] in _KINDS, f"type is {entry['type']!r}")
    decimals = entry.get("decimals")
    _require(decimals is None or type(decimals) is int, "decimals is no whole number")
    return Case(
        id=entry["id"],
        function=entry["function"],
        expression=entry["expression"],
        nodes=_nodes(entry["nodes"]),
        this=entry["this"],
        kind=entry["type"],
        expected=_expected(entry["expected"], entry["type"]),
        decimals=decimals,
        zones=_zones(entry.get("timezone")),
    )


def _nodes(nodes: object) -> dict[str, list[str]]:
    _require(isinstance(nodes, dict), "nodes is no object")
    lists = {path: [found] if isinstance(found, str) else found for path, found in nodes.items()}
    for path, texts in lists.items():
        _require(path.startswith("/"), f"the path {path!r} does not begin with /")
        _require(
            isinstance(texts, list) and all(isinstance(text, str) for text in texts),
            f"the nodes of {path} are no texts",
        )
    return lists


def _expected(expected: object, kind: str) -> str | float | bool:
    if kind == "number" and isinstance(expected, str):
        expected = _SPECIAL.get(expected, expected)
    fits = isinstance(expected, _KINDS[kind]) and (kind == "boolean" or expected is not True)
    _require(fits and not (kind == "number" and expected is False), f"expected is no {kind}")
    return expected


def _zones(name: object) -> tuple[str, ...]:
    if name is None:
        return ZONES
    try:
        ZoneInfo(str(name))
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return (str(name),)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
