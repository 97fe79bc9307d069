"""The checks over a batch: what they find in a wave's opt-in answers, written down."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.errors import TooFewResponses
from analysis.suspicion.examine import examine
from analysis.suspicion.findings import Reason
from analysis.suspicion.signs import Check
from analysis.suspicion.usual import Usual, learn
from survey import audit
from survey.models import AuditEvent, Sample, SampleKind, Study, Wave
from survey.reviewing.findings import Found, Written, write_findings
from survey.reviewing.reading import ReadSample, SampleReader
from survey.versions import newest_form, plan_of_text

ACT = "response.check"
# A home elsewhere is a note of one answer, and a sign of many: two sentences.
FAR_HOME = "far_home"
_SHARES = frozenset({Check.HOMES, Check.CLOCK, Check.HOUR, Check.STRAIGHT})
_COUNTS = frozenset({Check.COPIES, Check.BURST})


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a sample, before anything is written.

    Attributes
    ----------
    n : int
        Responses that were looked at.
    untimed : int
        Responses that were not, because their times are not known.
    history : str
        The earlier sample that says what is usual; empty for none.
    needed : int
        How many responses the checks need, where there are too few; else 0.
    """

    sample: str
    n: int
    untimed: int
    history: str
    needed: int
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class LastCheck:
    """When a wave was last checked, by whom, and what came of it."""

    at: datetime
    username: str
    n: int
    held: int
    needed: int


def examine_wave(
    session: Session, study: Study, wave: Wave, progress: Callable[[str], None] = lambda _: None
) -> list[Examined]:
    """Look at each opt-in sample of a wave; nothing is written and nothing locked."""
    plan = plan_of_text(study.plan)
    reader = SampleReader(session, plan, newest_form(session, study.id).form)
    return [
        _examined(session, reader, sample, wave, progress) for sample in _samples(session, wave)
    ]


def write_check(
    session: Session, study: Study, wave: Wave, examined: Sequence[Examined], now: datetime
) -> Written:
    """Write what was found in a wave and record it, in the caller's transaction.

    Raises
    ------
    WaveFrozen
    """
    findings = [one for sample in examined for one in sample.findings]
    written = write_findings(session, wave.id, findings, now)
    audit.record(
        session,
        ACT,
        f"{study.id} {wave.code}",
        examined=sum(one.n for one in examined),
        held=written.held,
        reasons=written.reasons,
        needed=max((one.needed for one in examined), default=0),
    )
    return written


def last_check(session: Session, study: Study, wave: Wave) -> LastCheck | None:
    query = (
        sa.select(AuditEvent)
        .where(AuditEvent.act == ACT, AuditEvent.subject == f"{study.id} {wave.code}")
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    event = session.scalar(query)
    if event is None:
        return None
    said = event.details
    return LastCheck(event.at, event.username, said["examined"], said["held"], said["needed"])


def _examined(
    session: Session,
    reader: SampleReader,
    sample: Sample,
    wave: Wave,
    progress: Callable[[str], None],
) -> Examined:
    progress(sample.code)
    read = reader.read(sample)
    usual, history = None, ""
    for earlier in _earlier(session, sample, wave):
        progress(earlier.code)
        usual = _learnt(reader.read(earlier, accepted_only=True))
        if usual is not None:
            history = earlier.code
            break
    progress(sample.code)
    needed = 0
    findings: tuple[Found, ...] = ()
    try:
        findings = tuple(_found(read, examine(read.batch, usual).reasons))
    except TooFewResponses as few:
        needed = few.needed
    return Examined(sample.code, len(read.numbers), read.untimed, history, needed, findings)


def _learnt(read: ReadSample) -> Usual | None:
    """What is usual by an earlier wave, if it has enough answers to tell."""
    try:
        return learn(read.batch)
    except TooFewResponses:
        return None


def _found(read: ReadSample, reasons: Sequence[Sequence[Reason]]) -> Iterator[Found]:
    """The reasons of those who are held.

    A note alone is not written down: it would put every resident who is content with
    everything, or lives elsewhere, under suspicion, for somebody to decide.
    """
    for number, own in zip(read.numbers.tolist(), reasons, strict=True):
        if any(reason.holds for reason in own):
            for reason in own:
                code, detail = in_words(reason)
                yield Found(number, code, detail, reason.holds)


def in_words(reason: Reason) -> tuple[str, dict[str, str]]:
    """Code and numbers of a reason, rounded as its sentence says them."""
    check = reason.check
    code = FAR_HOME if check is Check.HOMES and not reason.holds else check.value
    return code, {name: _number(check, name, value) for name, value in reason.evidence.items()}


def _number(check: Check, name: str, value: float) -> str:
    if name in ("answers", "differ") or (name == "found" and check in _COUNTS):
        return f"{value:.0f}"
    if check in _SHARES:
        return f"{100 * value:.1f}"
    return f"{value:.1f}" if check in _COUNTS else f"{value:.2f}"


def _samples(session: Session, wave: Wave) -> Iterable[Sample]:
    query = sa.select(Sample).where(Sample.wave_id == wave.id, Sample.kind == SampleKind.OPT_IN)
    return session.scalars(query.order_by(Sample.position)).all()


def _earlier(session: Session, sample: Sample, wave: Wave) -> Iterable[Sample]:
    """Samples of the same name in earlier waves, the newest first."""
    rows = session.execute(
        sa.select(Sample, Wave)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(
            Wave.study_id == wave.study_id,
            Wave.closes < wave.opens,
            Sample.kind == SampleKind.OPT_IN,
        )
        .order_by(Wave.opens.desc())
    )
    name = sample.code[len(wave.code) :]
    return [one for one, its_wave in rows if one.code[len(its_wave.code) :] == name]
