"""Evaluates the cases of a file and judges them by its tolerances."""

import json
import math
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from tests.reference.r_formulas import FORMULAS
from tests.reference.r_language import Environment, Interpreter
from tests.reference.r_models import MODELS
from tests.reference.r_packages import PACKAGES
from tests.reference.r_survey import SURVEY, design_of
from tests.reference.r_values import (
    NotFound,
    NotTranslated,
    RError,
    RList,
    RMatrix,
    as_numbers,
    read_csv,
)
from tests.reference.r_weighting import WEIGHTING
from tests.reference.rendering import render
from tests.reference.results import check_edge, compare

EDGES = "prop_ci_edge"
LABELS = {"names", "keys", "rownames", "colnames", "dimnames"}


@dataclass(frozen=True)
class Outcome:
    """How a case came out; ``worst`` is the largest relative error of its numbers."""

    capability: str
    case: str
    passed: bool
    worst: float
    message: str = ""


class Tables(RList):
    """``DATA``: the CSV files beside the cases, each read when it is asked for."""

    def __init__(self, cases: "CaseFile"):
        paths = sorted(cases.folder.glob("data/*.csv"))
        super().__init__([], [path.stem for path in paths])
        self.values = _Later([f"data/{path.name}" for path in paths], cases)


class _Later(Sequence):
    """Frames by position, read when they are asked for."""

    def __init__(self, paths: list[str], cases: "CaseFile"):
        self.paths, self.cases = paths, cases

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, place):
        return self.cases.frame(self.paths[place])


class CaseFile:
    """A cases file, with its data and designs read once."""

    def __init__(self, path: Path):
        self.folder = path.parent
        self.content = json.loads(path.read_text(encoding="utf-8"))
        self.frames: dict[str, Any] = {}
        self.interpreter = Interpreter(FORMULAS, SURVEY, WEIGHTING, MODELS, PACKAGES)

    def frame(self, path: str):
        if path not in self.frames:
            file = self.folder / path
            if not file.is_file():
                raise RError(f"no file {path}")
            self.frames[path] = read_csv(file)
        return self.frames[path]

    def names(self, design: str | None, options: Mapping[str, Any]) -> Environment:
        """What a call may name: DATA, the matrices, the design d and its data x."""
        values: dict[str, Any] = {"DATA": Tables(self)}
        for name, path in self.content.get("matrices", {}).items():
            frame = self.frame(path)
            columns = [as_numbers(frame[column]) for column in frame.names]
            values[name] = RMatrix(np.stack(columns, axis=1), None, list(frame.names))
        if design is not None:
            spec = self.content["designs"][design]
            values["x"] = self.frame(spec["data"])
            values["d"] = design_of(spec, values["x"], _settings(spec) | dict(options))
        return Environment(None, values)

    def evaluate(self, tree, design: str | None, options: Mapping[str, Any]):
        """The rendered value of a call; named refusals are raised."""
        return render(self.interpreter.evaluate(tree, self.names(design, options)))

    def tolerance(self, case) -> float:
        given = self.content.get("tolerances", {}).get(case["capability"], 1e-8)
        return float(case.get("tolerance", given))


def _settings(spec) -> dict[str, Any]:
    given = spec.get("options") or {}
    return dict(given) if isinstance(given, Mapping) else {}


def run_file(path: Path) -> list[Outcome]:
    """All cases of a file, in its order."""
    cases = CaseFile(path)
    return [run_case(cases, case) for case in cases.content["cases"]]


def run_case(cases: CaseFile, case: Mapping[str, Any]) -> Outcome:
    """Evaluate one case by its tree and judge it; what cannot be evaluated has failed."""
    capability, name = case["capability"], case["id"]
    try:
        with np.errstate(all="ignore"):
            found = cases.evaluate(case["ast"], case.get("design"), case.get("options") or {})
    except AnalysisError as refusal:
        expected = "error" in case or capability == EDGES or _all_missing(case["result"])
        return Outcome(capability, name, expected, 0.0 if expected else math.inf, _told(refusal))
    except (NotTranslated, NotFound) as missing:
        return Outcome(capability, name, False, math.inf, f"not translated: {missing}")
    except RError as refusal:  # R refuses such a call before anything is computed
        expected = "error" in case
        return Outcome(capability, name, expected, 0.0 if expected else math.inf, _told(refusal))
    except Exception as fault:  # whatever breaks counts as failed, and the others still run
        where = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return Outcome(capability, name, False, math.inf, f"{place} {_told(fault)}")
    if "error" in case:
        return Outcome(capability, name, False, math.inf, f"a refusal expected: {case['error']}")
    if capability == EDGES:
        judged = check_edge(found)
    else:
        judged = compare(case["result"], found, cases.tolerance(case))
    return Outcome(capability, name, judged.ok, judged.worst, judged.message)


def _all_missing(result) -> bool:
    """Whether R gave no number at all: a named refusal says the same."""
    if isinstance(result, Mapping):
        return all(_all_missing(part) for key, part in result.items() if key not in LABELS)
    if isinstance(result, list):
        return all(_all_missing(part) for part in result)
    return result is None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def report(outcomes: list[Outcome]) -> str:
    """A line a capability, then the cases that failed, then the sum."""
    lines = []
    capabilities = list(dict.fromkeys(outcome.capability for outcome in outcomes))
    for capability in capabilities:
        of = [outcome for outcome in outcomes if outcome.capability == capability]
        passed = sum(outcome.passed for outcome in of)
        worst = max(outcome.worst for outcome in of)
        lines.append(f"{capability:20} {passed:3} / {len(of):3}   worst relative error {worst:.1e}")
    lines += [f"FAILED {o.case}: {o.message}" for o in outcomes if not o.passed]
    passed = sum(outcome.passed for outcome in outcomes)
    lines.append(f"{passed} of {len(outcomes)} cases, {len(capabilities)} capabilities")
    return "\n".join(lines) + "\n"
