"""The demo city: a past study, one that is open today, and accounts, made from the example."""

import csv
import io
import os
import secrets
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import tomli_w
from sqlalchemy.orm import Session

from survey import db
from survey.accounts.service import add_user, set_password
from survey.config import Config
from survey.folders import read_study_folder
from survey.models import Area, Channel, EntryPoint, Level, Role, Sample, Study, User, Wave
from survey.points.service import Drawn, add_households
from survey.studies.loading import load_folder

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "hean-2026"
LIVE = "hean-now"
SINCE, UNTIL, VALID = 10, 60, 365  # days before and after today
PLACE_ANSWERS = 1500
HOMES_EACH = 3  # drawn households in the first community of each township
SECRET, ACCOUNTS, DATABASE = "secret", "accounts.txt", "minyi.sqlite"
PEOPLE = (
    ("official", Role.OFFICIAL),
    ("volunteer", Role.VOLUNTEER),
    ("administrator", Role.ADMINISTRATOR),
)
# What the example's form can do of docs/operating.md, "Questions against coaching".
AGAINST_COACHING = {
    "coached": {"question": "q14_coach", "yes": ["1"]},
    "rotate": {
        "choices": ["q5_overall", "q6_clean", "q7_traffic", "q8_public", "q9_service", "q10_minor"],
        "keep_last": ["9"],
    },
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What the command prints and serves."""

    config: Config
    accounts: str
    place: str
    place_name: str


def prepare(
    folder: Path, port: int, database_url: str | None = None, *, today: date | None = None
) -> Demo:
    """Make the demo in a folder, or take up what is there.

    A study is open ``today``; when that of an earlier run has ended, a new one is made.

    Raises
    ------
    ConfigError
        The address is no SQLite database.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = Config.demo(
        secret_key=_kept(folder / SECRET, lambda: secrets.token_hex(32)),
        database_url=database_url or f"sqlite:///{(folder / DATABASE).resolve()}",
        port=port,
    )
    db.migrate(config.database_url)
    today = today or datetime.now(UTC).date()
    with db.open_session(config.database_url) as session:
        _load(session, EXAMPLE)
        live = _live_study(session, today, config)
        root = session.get_one(Study, live).root_area
        place = session.scalars(
            sa.select(EntryPoint).where(EntryPoint.study_id == live).order_by(EntryPoint.code)
        ).first()
        assert place is not None
        token, name = place.token, place.name
    return Demo(config, _accounts(folder / ACCOUNTS, config, root), token, name)


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a file that only its owner can read; made at the first run."""
    if not path.exists():
        _write_privately(path, make())
    return path.read_text(encoding="utf-8")


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # its mode is set when it is made
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _accounts(path: Path, config: Config, area: str) -> str:
    """The accounts with their passwords: those of the file, or new ones where one is lost.

    The file is written after the accounts are: a password in it is always good.
    """
    with db.open_session(config.database_url) as session:
        names = {name for name, _ in PEOPLE}
        known = set(session.scalars(sa.select(User.username).where(User.username.in_(names))))
        if path.exists() and known == names:
            return path.read_text(encoding="utf-8")
        lines = []
        for username, role in PEOPLE:
            password = secrets.token_urlsafe(12)
            if username in known:
                set_password(session, username, password)
            else:
                add_user(session, username, role=role, area_code=area, password=password)
            lines.append(f"{username:<14} {password}")
    text = "\n".join(lines) + "\n"
    _write_privately(path, text)
    return text


def _load(session: Session, folder: Path) -> None:
    read = read_study_folder(folder)
    load_folder(session, read, (folder / "study.toml").read_text(encoding="utf-8"))


def _live_study(session: Session, today: date, config: Config) -> str:
    """The study with a wave that is open today; made when there is none."""
    known = session.scalar(
        sa.select(Study.id)
        .join(Wave, Wave.study_id == Study.id)
        .where(Study.id.startswith(LIVE), Wave.opens <= today, Wave.closes > today)
    )
    if known is not None:
        return known
    scratch = Path(tempfile.mkdtemp())
    try:
        study_id = _write_live_folder(scratch, today)
        _load(session, scratch)
    finally:
        shutil.rmtree(scratch)
    _give_codes(session, study_id, config)
    return study_id


def _write_live_folder(folder: Path, today: date) -> str:
    """The example as if its last wave were under way: same people, dates around today."""
    for name in (
        "areas.csv",
        "margins.csv",
        "indicators.csv",
        "volunteers.csv",
        "questionnaire.xlsx",
    ):
        shutil.copy(EXAMPLE / name, folder / name)
    document = tomllib.loads((EXAMPLE / "study.toml").read_text(encoding="utf-8"))
    opens, closes = today - timedelta(days=SINCE), today + timedelta(days=UNTIL)
    study = document["study"]
    study["id"] = f"{LIVE}-{today:%Y%m%d}"
    study["title"] = {
        "zh": "和安市文明城市创建居民调查(演示)",
        "en": "He'an civilized-city resident survey (demo)",
    }
    study["approval"] = {"kind": "演练", "by": study["approval"]["by"], "number": ""}
    study["valid_until"] = today + timedelta(days=VALID)
    document["wave"] = [
        {
            "id": "N1",
            "title": {"zh": "正在进行的波次", "en": "The wave under way"},
            "opens": opens,
            "closes": closes,
        }
    ]
    document["form"] |= AGAINST_COACHING
    document["sample"] = _live_samples(document["sample"])
    document["weighting"] = _live_weightings(document["weighting"])
    del document["estimates"]["changes"], document["estimates"]["changes_covariance"]
    (folder / "study.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    _write_points(folder, opens, closes)
    (folder / "responses").mkdir()
    span = (opens, today)
    _write_rows(folder / "responses/N1_door.csv", "W2_door.csv", "D", span)
    _write_rows(folder / "responses/N1_home.csv", "W0_door.csv", "H", span, mode="qr")
    _write_rows(folder / "responses/N1_place.csv", "W2_qr.csv", "P", span, most=PLACE_ANSWERS)
    return str(study["id"])


def _live_samples(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A door sample, one of drawn households with codes, and one of places."""
    door = next(s for s in samples if s["id"] == "W2-door")
    place = next(s for s in samples if s["id"] == "W2-qr")
    home = door | {
        "id": "N1-home",
        "responses": "responses/N1_home.csv",
        "selection": door["selection"]
        | {"household": "simple random from the community's list, single-use code by letter"},
    }
    return [
        door | {"id": "N1-door", "wave": "N1", "responses": "responses/N1_door.csv"},
        home | {"wave": "N1"},
        place | {"id": "N1-place", "wave": "N1", "responses": "responses/N1_place.csv"},
    ]


def _live_weightings(weightings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    renamed = {"W2-door": ["N1-door", "N1-home"], "W2-qr": ["N1-place"]}
    found = []
    for weighting in weightings:
        samples = [new for old in weighting.get("samples", ()) for new in renamed.get(old, ())]
        found.append(weighting | ({"samples": samples} if samples else {}))
    return found


def _write_points(folder: Path, opens: date, closes: date) -> None:
    header, rows = _read(EXAMPLE / "points.csv")
    for row in rows:
        row["valid_from"], row["valid_to"] = opens.isoformat(), closes.isoformat()
    _write(folder / "points.csv", header, rows)


def _write_rows(
    path: Path,
    source: str,
    prefix: str,
    span: tuple[date, date],
    *,
    mode: str | None = None,
    most: int | None = None,
) -> None:
    """Rows of the example with new ids, and days spread over those gone by."""
    header, rows = _read(EXAMPLE / "responses" / source)
    first, last = span
    days = (last - first).days
    for number, row in enumerate(rows[:most]):
        row["response_id"] = f"{prefix}{number + 1:05d}"
        row["submitted_at"] = (first + timedelta(days=number % max(days, 1))).isoformat()
        if mode is not None:
            row["mode"], row["volunteer"] = mode, ""
    _write(path, [*header, "submitted_at"], rows[:most])


def _give_codes(session: Session, study_id: str, config: Config) -> None:
    """Draw households in the first community of each township."""
    sample = session.scalars(
        sa.select(Sample).where(Sample.study_id == study_id, Sample.code == "N1-home")
    ).one()
    sample.channel = Channel.HOUSEHOLD
    first: dict[str, str] = {}
    for area in session.scalars(
        sa.select(Area)
        .where(Area.study_id == study_id, Area.level == Level.VILLAGE)
        .order_by(Area.code)
    ):
        first.setdefault(area.parent or "", area.code)
    drawn = [Drawn(code) for code in first.values() for _ in range(HOMES_EACH)]
    add_households(session, sample, drawn, secret=config.secret_key)


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return list(reader.fieldnames or ()), rows


def _write(path: Path, header: list[str], rows: list[dict[str, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")
