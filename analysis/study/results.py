"""results/: the tables and the recipe, the same bytes for the same study."""

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import Path

from analysis.fieldwork import kish
from analysis.study.estimates import Estimated
from analysis.study.files import PLAN_FILE
from analysis.study.plan import Sample, SampleKind
from analysis.study.run import Results
from analysis.study.study import ACCEPTED, Study

ESTIMATES = "estimates.csv"
TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    ESTIMATES: (
        "estimates",
        (
            "wave", "sample", "weighting", "indicator", "domain", "area", "n", "estimate", "se",
            "low", "high", "level", "interval", "interval_kind", "df", "n_eff", "deff", "cv",
            "display", "reason", "target", "decision", "position", "tipping",
        ),
    ),
    "changes.csv": (
        "changes",
        (
            "from_wave", "to_wave", "sample", "weighting", "indicator", "domain", "area", "n_from",
            "n_to", "estimate_from", "estimate_to", "difference", "se", "low", "high",
            "distinguishable",
        ),
    ),
    "modes.csv": (
        "modes",
        (
            "wave", "sample", "other", "indicator", "domain", "area", "estimate",
            "estimate_other", "difference", "low", "high",
        ),
    ),
    "outcomes.csv": ("outcomes", ("sample", "rate", "value")),
    "ranks.csv": (
        "ranks",
        (
            "wave", "sample", "weighting", "indicator", "domain", "area", "estimate", "rank",
            "rank_low", "rank_high", "p_top3", "ranked",
        ),
    ),
}  # fmt: skip
HEADINGS = {"from_wave": "from", "to_wave": "to"}  # words that Python keeps for itself
RECIPE = "run.json"


class CannotWrite(Exception):
    """The results cannot go where they were wanted; one sentence in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def tables(results: Results) -> dict[str, str]:
    """The text of each table by file name."""
    return {
        name: _table(columns, getattr(results, attribute))
        for name, (attribute, columns) in TABLES.items()
    }


def recipe(results: Results, version: str) -> str:
    """run.json: what the figures were made from and how; no clock and no path."""
    study = results.study
    document = {
        "program": {"name": "minyi", "version": version},
        "files": dict(study.files),
        "plan": study.plan.document,
        "rows": {sample.id: _rows_of(study, sample) for sample in study.plan.samples},
        "weights": [_weighting_of(study, result) for result in results.estimated.values()],
        "assumptions": [line for s in study.plan.samples for line in _assumptions(s)],
        "warnings": [problem.line(chinese=False) for problem in results.warnings],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_json_value) + "\n"


def write_results(
    results: Results, folder: Path, version: str, inputs: Iterable[Path] = ()
) -> None:
    """Write all tables and the recipe; ``folder`` is replaced as a whole or not at all.

    ``inputs`` are files that it must not hold: those that the results come from.

    Raises
    ------
    CannotWrite
        The place cannot be written, or holds something that is no results folder.
    """
    texts = tables(results) | {RECIPE: recipe(results, version)}
    folder = folder.resolve()
    _refuse_precious(folder, inputs)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise CannotWrite(
            f"无法写入 {folder.parent}:{error.strerror}。请用 --out 指定可写的文件夹。",
            f"cannot write to {folder.parent}: {error.strerror}; name a folder with --out.",
        ) from error
    try:
        for name, text in texts.items():
            (beside / name).write_text(text, encoding="utf-8", newline="")
        beside.chmod(0o777 & ~_umask())
        _exchange(beside, folder)
    except OSError as error:
        raise CannotWrite(
            f"无法写入 {folder}:{error.strerror}。", f"cannot write {folder}: {error.strerror}."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _refuse_precious(folder: Path, inputs: Iterable[Path]) -> None:
    """An existing folder is replaced as a whole, but never a study or somebody's home."""
    if folder.exists() and not folder.is_dir():
        raise CannotWrite(f"{folder} 不是文件夹。", f"{folder} is not a folder.")
    inside = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    known = {*TABLES, RECIPE}
    strange = inside & {PLAN_FILE, ".git"} or (len(inside) > len(known) and not inside & known)
    if strange or any(path.resolve().is_relative_to(folder) for path in inputs):
        raise CannotWrite(
            f"{folder} 里有别的内容,不会被替换。请另选文件夹。",
            f"{folder} holds something else and is not replaced; name another folder.",
        )


def _exchange(new: Path, folder: Path) -> None:
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.rename(old / folder.name)
        try:
            new.rename(folder)
        except OSError:
            (old / folder.name).rename(folder)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _table(columns: Sequence[str], rows: Iterable[object]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([HEADINGS.get(column, column) for column in columns])
    for row in rows:
        writer.writerow([cell(getattr(row, column)) for column in columns])
    return buffer.getvalue()


def cell(value: object) -> str:
    """A value as text: full precision, whole numbers without a fraction, None empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _json_value(value: object) -> object:
    if isinstance(value, date | time):  # a datetime too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in run.json")


def _rows_of(study: Study, sample: Sample) -> dict[str, object]:
    statuses = study.data[sample.id].statuses
    left_out = {status: n for status, n in statuses.items() if status != ACCEPTED}
    return {"used": study.data[sample.id].tally.n, "left_out": left_out}


def _weighting_of(study: Study, result: Estimated) -> dict[str, object]:
    weights = result.weights
    missing = study.data[result.sample.id].tally.n - result.respondents
    counts = result.counts
    return {
        "sample": result.sample.id,
        "weighting": result.weighting.id,
        "respondents": result.respondents,
        "left_out": {"missing weighting variable": missing} if missing else {},
        "sum": float((weights.final * counts).sum()),
        "largest": float(weights.final.max()),
        "smallest": float(weights.final.min()),
        "kish_deff": kish(weights.final, counts),
        "capped": weights.capped,
        "margins": [
            {
                "margin": margin.name,
                "collapsed": [list(pair) for pair in margin.collapsed],
                "categories": [
                    {
                        "category": category,
                        "respondents": int(margin.respondents[c]),
                        "before": float(margin.before[c]),
                        "target": float(margin.targets[c]),
                        "after": float(margin.sums(weights.final * counts)[c]),
                    }
                    for c, category in enumerate(margin.categories)
                ],
            }
            for margin in weights.margins
        ],
    }


def _assumptions(sample: Sample) -> list[str]:
    """What the figures of a sample take for granted, in words."""
    lines = []
    base = sample.base_weight
    if sample.kind is not SampleKind.PROBABILITY:
        lines.append(
            f"{sample.id}: {sample.kind.value} sample; its intervals are model intervals and "
            "assume a random sample within the weighting cells."
        )
    if sample.declared is not sample.kind:
        lines.append(
            f"{sample.id}: declared {sample.declared.value}, treated as {sample.kind.value}: "
            "selection is not filled in, or substitution is not none."
        )
    if base.population:
        lines.append(
            f"{sample.id}: base weights assume a self-weighting draw within the stratum and "
            "treat non-respondents as like respondents there."
        )
    if sample.cluster:
        lines.append(
            f"{sample.id}: clusters as drawn with replacement; systematic selection errs on "
            "the wide side."
        )
    if sample.not_covered:
        lines.append(f"{sample.id}: not covered: {', '.join(sorted(sample.not_covered))}.")
    return lines
