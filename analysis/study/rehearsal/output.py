"""rehearsal.csv and assessor.csv: the same bytes for the same study, wishes and seed."""

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from analysis.study.rehearsal.assessed import Assessed
from analysis.study.rehearsal.run import Rehearsal
from analysis.study.rehearsal.table import Rehearsed
from analysis.study.results import CannotWrite, cell

REHEARSED, ASSESSED = "rehearsal.csv", "assessor.csv"


def texts(rehearsal: Rehearsal) -> dict[str, str]:
    """The text of each table by file name; without an assessor his is the header alone."""
    return {
        REHEARSED: _text(Rehearsed, rehearsal.rows),
        ASSESSED: _text(Assessed, rehearsal.assessed),
    }


def write_rehearsal(rehearsal: Rehearsal, folder: Path) -> None:
    """Write both tables into a folder, which may hold other things.

    Raises
    ------
    CannotWrite
        The folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts(rehearsal).items():
            beside = folder / f".{name}.{os.getpid()}"
            try:
                beside.write_text(text, encoding="utf-8", newline="")
                beside.replace(folder / name)
            finally:
                beside.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"无法写入 {folder}:{error.strerror}。请用 --out 指定可写的文件夹。",
            f"cannot write to {folder}: {error.strerror}; name a folder with --out.",
        ) from error


def _text(line: type[Rehearsed] | type[Assessed], rows: Iterable[object]) -> str:
    columns = [field.name for field in fields(line)]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(getattr(row, column)) for column in columns])
    return buffer.getvalue()
