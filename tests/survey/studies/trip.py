"""Studies on their way through a database: loaded, estimated, exported, changed."""

import csv
import random
import shutil
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from analysis.study.results import tables
from analysis.study.run import estimate_study
from survey import db, models
from survey.cli.load import load_study_folder
from survey.datasets import load_study
from survey.folders import read_study_folder
from survey.studies.export import export_files, write_folder
from survey.versions import newest_form
from tests.rowwise.studies import VARIANTS, write_study

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = {
    "hean-2026": ROOT / "examples" / "hean-2026",
    "nhanes-2009": ROOT / "examples" / "nhanes-2009",
    "hean-2026-selfrep": ROOT / "tests" / "studies" / "hean-2026-selfrep",
    "yunhe-2025": ROOT / "tests" / "studies" / "yunhe-2025",
}
# What a database does to them is the same for these three and costs half a minute each on a server:
# on PostgreSQL the other large one goes, and all that are made.
ON_SQLITE_ONLY = {"nhanes-2009", "hean-2026-selfrep", "yunhe-2025"}
LEFT_OUT = VARIANTS["statuses"] | {"plain_files": False, "dispositions": True, "grids": True}


def on_databases(names):
    """Pairs of a database and a study, each study on SQLite and most on PostgreSQL."""
    pairs = [("sqlite", name) for name in names]
    return pairs + [("postgresql", name) for name in names if name not in ON_SQLITE_ONLY]


def study(name, scratch):
    """A folder by its name; ``made`` has rows of every status, a BOM, CRLF and unknown columns."""
    if name in FOLDERS:
        return FOLDERS[name]
    folder = scratch / name
    write_study(folder, seed=11, **(LEFT_OUT if name == "made" else VARIANTS[name]))
    return folder


def small(folder, **changes):
    """A fast folder of one's own, with rows of every status."""
    options = {"waves": 1, "statuses": True, "domains": ("root", "xian")}
    write_study(folder, seed=5, **(options | changes))
    return folder


def tables_of_folder(folder):
    return _known_tables(folder) if folder in FOLDERS.values() else _tables_of_folder(folder)


@cache
def _known_tables(folder):
    """Those of a folder that no test changes."""
    return _tables_of_folder(folder)


def _tables_of_folder(folder):
    return tables(estimate_study(read_study_folder(folder).folder.study))


def id_of(folder):
    return read_study_folder(folder).folder.study.plan.id


def tables_of_database(url, study_id):
    with db.open_session(url) as session:
        codebook = newest_form(session, study_id).form.codebook()
        return tables(estimate_study(load_study(session, study_id, codebook)))


def export(url, study_id):
    engine = db.engine_for(url)
    with Session(engine) as session:
        files = export_files(session, study_id)
    engine.dispose()
    return files


def export_folder(url, study_id, folder):
    write_folder(export(url, study_id), folder)
    return folder


def load(folder, url, **options):
    return load_study_folder(folder, url, **options)[0]


def shuffled(folder, target, seed=3):
    """A copy with the rows of every file of answers in another order."""
    shutil.copytree(folder, target)
    for path in sorted((target / "responses").glob("*.csv")):
        header, rows = rows_of(path)
        random.Random(seed).shuffle(rows)
        write_rows(path, header, rows)
    return target


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def write_rows(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def edit(path, change):
    """Rewrite a table as dicts: ``change`` gets the list of rows and may add columns."""
    header, rows = rows_of(path)
    records = [dict(zip(header, row, strict=True)) for row in rows]
    change(records)
    names = list(dict.fromkeys(name for record in records for name in record))
    write_rows(path, names, [[record.get(name, "") for name in names] for record in records])


def counts(url):
    """How many rows each table holds."""
    engine = db.engine_for(url)
    with engine.connect() as connection:
        found = {
            table.name: connection.exec_driver_sql(f"SELECT count(*) FROM {table.name}").scalar()
            for table in models.Base.metadata.sorted_tables
        }
    engine.dispose()
    return found
