"""minyi check-batch: look at all opt-in answers of a wave together, and hold the suspects."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.problems import speaks_chinese
from survey import db
from survey.cli.progress import progress
from survey.cli.ready import refuse_unready, usable
from survey.config import database_url_from_env
from survey.errors import SurveyError
from survey.models import Study, Wave
from survey.reviewing.checks import Examined, examine_wave, write_check
from survey.reviewing.findings import Written
from survey.waves import WaveFrozen


class WaveUnknown(SurveyError):
    code = "wave_unknown"
    status = 404
    zh = "数据库中没有研究 {study} 的波次 {wave}。"
    en = "no wave {wave} of study {study} in the database."


@click.command("check-batch")
@click.argument("study_id")
@click.option("--wave", "wave_code", help="One wave; otherwise all that are not frozen.")
def check_batch(study_id: str, wave_code: str | None) -> None:
    """Check the opt-in answers of STUDY-ID for false ones, and hold those for review.

    Copies of one vector, streams that a tool has made, answers at odd hours and
    from elsewhere. What an analyst has decided is left alone; a second run
    without new answers changes nothing. The act is logged.
    """
    url = database_url_from_env()
    refuse_unready(url)
    chinese = speaks_chinese(os.environ)
    with progress(study_id) as step, usable(url):
        for code, examined, written in _check(url, study_id, wave_code, step):
            for line in _lines(code, examined, written, chinese=chinese):
                click.echo(line)


def _check(
    url: str, study_id: str, wave_code: str | None, step: Callable[[str], None]
) -> list[tuple[str, list[Examined], Written]]:
    """Look without the lock that keeps residents from answering, then write all at once."""
    engine = db.engine_for(url)
    try:
        with Session(engine) as reading:
            study = reading.get(Study, study_id)
            waves = _waves(reading, study_id, wave_code)
            found = [(wave, examine_wave(reading, study, wave, step)) for wave in waves if study]
    finally:
        engine.dispose()
    with db.open_session(url) as session:
        now = datetime.now(UTC)
        return [
            (wave.code, examined, write_check(session, study, wave, examined, now))
            for wave, examined in found
            if study
        ]


def _waves(session: Session, study_id: str, wave_code: str | None) -> list[Wave]:
    query = sa.select(Wave).where(Wave.study_id == study_id).order_by(Wave.position)
    waves = list(session.scalars(query))
    if wave_code is None:
        chosen = [wave for wave in waves if wave.frozen_at is None]
    else:
        chosen = [wave for wave in waves if wave.code == wave_code]
        if any(wave.frozen_at for wave in chosen):
            raise WaveFrozen
    if not waves or (wave_code is not None and not chosen):
        raise WaveUnknown(study=study_id, wave=wave_code or "")
    return chosen


def _lines(code: str, examined: list[Examined], written: Written, *, chinese: bool) -> list[str]:
    """A line for each sample, then what was changed in the wave."""
    lines = []
    for one in examined:
        if one.needed:
            words = (
                f"答卷太少,至少需要 {one.needed} 份"
                if chinese
                else f"too few to check, at least {one.needed} needed"
            )
        elif one.history:
            words = f"以 {one.history} 为参照" if chinese else f"against {one.history}"
        else:
            words = "没有以前的波次可比" if chinese else "no earlier wave to compare with"
        if one.untimed:
            words += (
                f";{one.untimed} 份没有起止时间,未检查"
                if chinese
                else f"; {one.untimed} without times are not checked"
            )
        suspects = len({found.number for found in one.findings})
        lines.append(f"{one.sample}\t{one.n}\t{suspects}\t{words}")
    changed = (
        f"新隔离 {written.held} 份,新原因 {written.reasons} 条"
        if chinese
        else f"{written.held} newly held, {written.reasons} new reasons"
    )
    return [*lines, f"{code}\t{changed}"]
