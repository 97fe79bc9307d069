"""Load, count and export 100,000 answers: seconds, and ratios to a floor of the same run.

The floor of loading is the driver's own executemany of the very rows that the
load stored, into the same tables with the same keys; the floor of counting is
one walk over the sample's answers by the index.
"""

import argparse
import csv
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import db
from survey.datasets import load_study
from survey.folders import read_study_folder
from survey.models import Answer, Base, Response
from survey.studies.export import export_files
from survey.studies.loading import load_folder
from survey.versions import newest_form
from tests import databases

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "hean-2026"
LARGE = "W2_door.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "study"
        enlarge(folder, rows)
        measure(f"sqlite:///{scratch}/one.sqlite", f"sqlite:///{scratch}/two.sqlite", folder)
        with databases.cluster() as cluster:
            measure(cluster.create_database(), cluster.create_database(), folder)


def enlarge(folder: Path, rows: int) -> None:
    """The example with one sample repeated until it has that many rows."""
    shutil.copytree(EXAMPLE, folder)
    path = folder / "responses" / LARGE
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *given = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(rows):
            writer.writerow([f"L{number}", *given[number % len(given)][1:]])


def measure(url: str, floor_url: str, folder: Path) -> None:
    started = time.perf_counter()
    read = read_study_folder(folder)
    reading = time.perf_counter() - started
    for address in (url, floor_url):
        db.migrate(address)
    engine, floor_engine = db.engine_for(url), db.engine_for(floor_url)
    name = engine.dialect.name
    plan_text = (folder / "study.toml").read_text(encoding="utf-8")
    with clock() as load, Session(engine) as session, session.begin():
        load_folder(session, read, plan_text)
    floor = insert_raw(engine, floor_engine)
    print(f"{name} read the folder: {reading:.1f} s")
    print(f"{name} load: {load[0]:.1f} s, {load[0] / floor:.2f} of raw inserts ({floor:.1f} s)")
    study_id = read.folder.study.plan.id
    with Session(engine) as session:
        if name == "postgresql":
            session.execute(sa.text("ANALYZE"))
        codebook = newest_form(session, study_id).form.codebook()
        with clock() as walk:
            session.scalar(
                sa.select(sa.func.count(Answer.value)).join(
                    Response, Response.id == Answer.response_id
                )
            )
        with clock() as cells:
            load_study(session, study_id, codebook)
        print(
            f"{name} cells: {cells[0]:.2f} s, {cells[0] / walk[0]:.1f} of a walk ({walk[0]:.2f} s)"
        )
        with clock() as out:
            export_files(session, study_id)
        print(f"{name} export: {out[0]:.1f} s, {out[0] / floor:.2f} of raw inserts")
    for one in (engine, floor_engine):
        one.dispose()


def insert_raw(source: sa.Engine, target: sa.Engine) -> float:
    """Seconds that the driver needs for the same responses and answers."""
    seconds = 0.0
    mark = "?" if source.dialect.name == "sqlite" else "%s"
    with source.connect() as read, target.connect() as write, write.begin():
        for table in Base.metadata.sorted_tables:
            rows = [tuple(row) for row in read.execute(sa.text(f"SELECT * FROM {table.name}"))]  # noqa: S608
            if not rows or table.name == "audit_events":
                continue
            marks = ", ".join([mark] * len(rows[0]))
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            if mark == "%s":
                rows = [tuple(map(sendable, row)) for row in rows]
            cursor = write.connection.cursor()
            statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608
            with clock() as taken:
                cursor.executemany(statement, rows)
            seconds += taken[0]
    return seconds


def sendable(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict) else value


@contextmanager
def clock() -> Iterator[list[float]]:
    taken: list[float] = []
    started = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - started)


if __name__ == "__main__":
    main()
