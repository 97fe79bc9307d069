"""All tables, so that migrations and readers find them in one place."""

from survey.models.accounts import LoginSession, Role, User
from survey.models.areas import Area, Level
from survey.models.audit import AuditEvent
from survey.models.base import Base, UtcDateTime
from survey.models.drafts import Draft, Image
from survey.models.points import EntryPoint, Household, HouseholdStatus, PointStatus, Volunteer
from survey.models.protection import (
    FunnelHour,
    FunnelKind,
    Layer,
    LimitCount,
    Quota,
    Reason,
    Review,
    Verdict,
)
from survey.models.questionnaires import Questionnaire
from survey.models.responses import Answer, Response, ResponseStatus, Source
from survey.models.runs import Run
from survey.models.studies import (
    ApprovalKind,
    Channel,
    Direction,
    Disposition,
    DispositionClass,
    Indicator,
    IndicatorKind,
    Margin,
    Population,
    Sample,
    SampleKind,
    Study,
    Wave,
    new_revision,
)

__all__ = [
    "Answer",
    "ApprovalKind",
    "Area",
    "AuditEvent",
    "Base",
    "Channel",
    "Direction",
    "Disposition",
    "DispositionClass",
    "Draft",
    "EntryPoint",
    "FunnelHour",
    "FunnelKind",
    "Household",
    "HouseholdStatus",
    "Image",
    "Indicator",
    "IndicatorKind",
    "Layer",
    "Level",
    "LimitCount",
    "LoginSession",
    "Margin",
    "PointStatus",
    "Population",
    "Questionnaire",
    "Quota",
    "Reason",
    "Response",
    "ResponseStatus",
    "Review",
    "Role",
    "Run",
    "Sample",
    "SampleKind",
    "Source",
    "Study",
    "User",
    "UtcDateTime",
    "Verdict",
    "Volunteer",
    "Wave",
    "new_revision",
]
