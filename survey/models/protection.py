"""What protects a wave: quotas, counts against stuffing, reasons, and what analysts decided."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base, closed


class Layer(StrEnum):
    """By which layer a response came under suspicion."""

    INTAKE = "intake"
    BATCH = "batch"


class Verdict(StrEnum):
    """What an analyst decided of a response that was held."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class FunnelKind(StrEnum):
    """Whose funnel: a place with a poster, or the drawn households of a sample together."""

    PLACE = "place"
    HOUSEHOLDS = "households"


class Quota(Base):
    """At most so many answers of a group in an area.

    ``area_code`` empty: the whole study; ``variable`` empty: everybody, else a
    question or recode whose value must be ``value``. ``taken`` is raised by one
    statement that also looks at ``most``, so that it never passes it.
    """

    __tablename__ = "quotas"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "area_code", "variable", "value"),
        sa.ForeignKeyConstraint(["study_id", "sample_id"], ["samples.study_id", "samples.id"]),
        sa.CheckConstraint("taken >= 0 AND taken <= most", "never_more_than_most"),
        sa.CheckConstraint("turned_away >= 0", "turned_away_not_negative"),
        sa.CheckConstraint("(variable = '') = (value = '')", "group_has_variable_and_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    sample_id: Mapped[int]
    area_code: Mapped[str] = mapped_column(default="")
    variable: Mapped[str] = mapped_column(default="")
    value: Mapped[str] = mapped_column(default="")
    most: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    turned_away: Mapped[int] = mapped_column(default=0)


class FunnelHour(Base):
    """How often a point's page was opened and begun within one hour (its beginning, UTC).

    ``point`` is the code of an entry point, or of the sample whose drawn
    households are counted together: nobody can read off it which household
    came. What was finished and accepted is counted from the responses
    themselves, which know their point and their hour.
    """

    __tablename__ = "funnel_hours"
    __table_args__ = (sa.CheckConstraint("scans >= 0 AND starts >= 0", "counts_not_negative"),)

    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"), primary_key=True)
    kind: Mapped[FunnelKind] = mapped_column(closed(FunnelKind, "kind"), primary_key=True)
    point: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    scans: Mapped[int] = mapped_column(default=0)
    starts: Mapped[int] = mapped_column(default=0)


class LimitCount(Base):
    """How often a mark was seen within a window of time.

    ``mark`` is a keyed hash (of a device, a network, a code that was tried) or
    the id of a point: no address and no browser can be read off it. Rows are
    deleted some hours after their window is over.
    """

    __tablename__ = "limit_counts"
    __table_args__ = (
        sa.CheckConstraint("n >= 1", "n_from_1"),
        sa.Index(None, "window_end"),
    )

    scope: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    window_end: Mapped[datetime] = mapped_column(primary_key=True)
    n: Mapped[int]


class Reason(Base):
    """Why a response is under suspicion; one of several, none of which drops it.

    ``detail`` holds the numbers of the sentence that is shown.
    """

    __tablename__ = "reasons"

    response_id: Mapped[int] = mapped_column(
        sa.ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[Layer] = mapped_column(closed(Layer, "layer"))
    detail: Mapped[dict[str, str]]
    found_at: Mapped[datetime]


class Review(Base):
    """An analyst's decision on a held response, with the reason he wrote; never changed."""

    __tablename__ = "reviews"
    __table_args__ = (sa.CheckConstraint("length(reason) >= 1", "has_a_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("responses.id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(closed(Verdict, "verdict"))
    reason: Mapped[str]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime]
