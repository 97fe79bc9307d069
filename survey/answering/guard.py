"""What speaks against an answer from a phone: found at intake, written down, never in the way."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey import intake
from survey.conduct import Sitting, config, now
from survey.entry import Entry
from survey.guarding import layers
from survey.guarding.marks import Visitor
from survey.guarding.proof import Challenge
from survey.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Guard:
    """The layers of ``survey.guarding`` around one visit to a code."""

    session: Session
    entry: Entry
    visitor: Visitor

    @property
    def wave_id(self) -> int:
        assert self.entry.wave is not None
        return self.entry.wave.id

    @property
    def point_id(self) -> int | None:
        return self.entry.place.id if self.entry.place else None

    def has_answered(self) -> bool:
        """Whether this device has answered in the wave; a household's code tells by itself."""
        if self.entry.place is None or self.entry.wave is None:
            return False
        return layers.answered_before(self.session, self.wave_id, self.visitor, now()) > 0

    def device_mark(self) -> str | None:
        """The mark of the device, None in a frozen wave."""
        return layers.mark_of(self.session, self.wave_id, self.visitor, now())

    def challenge(self, sent: Sheet, sitting: Sitting) -> Challenge | None:
        """What the script is to solve before it sends again; None in peace and without a script."""
        if sent.proof or not sent.by_script:
            return None
        return layers.challenge_for(
            self.session,
            self.wave_id,
            self.visitor,
            config=config(),
            point_id=self.point_id,
            submission_id=sitting.ticket.submission_id,
            now=now(),
            policy=config().policy,
        )

    def examine(self, stored: intake.Stored, sent: Sheet, sitting: Sitting, asked: int) -> None:
        """Write down what is suspicious about an answer that is new."""
        assert stored.response_id is not None
        ticket = sitting.ticket
        examined = layers.examine(
            self.session,
            self.wave_id,
            self.visitor,
            config=config(),
            point_id=self.point_id,
            family=ticket.another or self.entry.household is not None,
            seconds=(now() - ticket.started_at).total_seconds(),
            asked=asked,
            honeypot=bool(sent.honeypot),
            proof=sent.proof,
            submission_id=ticket.submission_id,
            now=now(),
            policy=config().policy,
        )
        layers.record(self.session, stored.response_id, examined, now())
