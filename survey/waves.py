"""Waves that are over: freezing one ends all decisions on its answers."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.entry import LATE, local_day
from survey.errors import SurveyError
from survey.guarding import marks
from survey.models import Study, Wave


class WaveFrozen(SurveyError):
    code = "wave_frozen"
    status = 409
    zh = "这一波次已经冻结,不能再审核、检查或再次冻结。"
    en = "This wave is frozen: no more reviews, checks, or freezing."


class WaveNotOver(SurveyError):
    code = "wave_not_over"
    status = 409
    zh = "到 {last} 为止,这一波次还可能收到结束前开始填的回答,之后才能冻结。"
    en = "Until {last} this wave may get answers that were begun in time; then it can be frozen."


def locked_wave(session: Session, wave_id: int) -> Wave:
    """A wave that nobody freezes until this transaction ends.

    Raises
    ------
    WaveFrozen
    """
    query = sa.select(Wave).where(Wave.id == wave_id).with_for_update(key_share=True)
    wave = session.scalars(query.execution_options(populate_existing=True)).one()
    refuse_frozen(wave)
    return wave


def refuse_frozen(wave: Wave) -> None:
    if wave.frozen_at is not None:
        raise WaveFrozen


def last_day(wave: Wave) -> date:
    """The last day on which answers may come: of interviews that began before the wave closed."""
    return wave.closes + LATE


def freeze(session: Session, study: Study, wave_id: int, now: datetime) -> Wave:
    """Freeze a wave and destroy its salt: its marks can never again be made from a device.

    Raises
    ------
    WaveFrozen, WaveNotOver
    """
    wave = locked_wave(session, wave_id)
    last = last_day(wave)
    if local_day(study, now) <= last:
        raise WaveNotOver(last=last)
    marks.freeze(session, wave, now)
    return wave
