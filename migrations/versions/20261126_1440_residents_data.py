"""Drafts, receipts that withdraw, quotas, funnels by the hour, and what guards a wave."""

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Columns are only added and may be empty or have a default: the version before still writes rows,
# and SQLite need not copy a table that others refer to. Made anew each time: a column belongs to
# one table only once.
ADDED = {
    "studies": [lambda: sa.Column("revision", sa.Integer(), server_default="1", nullable=False)],
    "waves": [
        lambda: sa.Column("salt", sa.LargeBinary(), nullable=True),
        lambda: sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
    ],
    "entry_points": [
        lambda: sa.Column("batch", sa.Text(), server_default=sa.text("''"), nullable=False),
        lambda: sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
    ],
    "households": [
        lambda: sa.Column("valid_from", sa.Date(), nullable=True),
        lambda: sa.Column("valid_to", sa.Date(), nullable=True),
        lambda: sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        lambda: sa.Column("batch", sa.Text(), server_default=sa.text("''"), nullable=False),
    ],
    "responses": [
        lambda: sa.Column("wave_id", sa.Integer(), nullable=True),
        lambda: sa.Column("withdrawal_hash", sa.String(64), nullable=True),
        lambda: sa.Column("withdrawal_try", sa.Integer(), nullable=True),
        lambda: sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        lambda: sa.Column("device_mark", sa.String(64), nullable=True),
        lambda: sa.Column("seed", sa.Integer(), nullable=True),
    ],
}

COUNTED, COUNTS = ("entry_points", "households"), ("scans", "starts", "completes")
MADE = ("drafts", "images", "quotas", "funnel_hours", "limit_counts", "reasons", "reviews")


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column())
    op.create_index(
        "uq_responses_wave_id_withdrawal_hash",
        "responses",
        ["wave_id", "withdrawal_hash"],
        unique=True,
    )
    op.create_index(
        op.f("ix_responses_wave_id_device_mark"), "responses", ["wave_id", "device_mark"]
    )
    op.create_table(
        "drafts",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_drafts_study_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_changed_at"), "drafts", ["changed_at"])
    op.create_table(
        "images",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "media_type IN ('image/jpeg', 'image/png')", name=op.f("ck_images_media_type")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_images_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_images_user_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_images")),
    )
    op.create_index(op.f("ix_images_submission_id"), "images", ["submission_id"])
    op.create_table(
        "quotas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("turned_away", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "taken >= 0 AND taken <= most", name=op.f("ck_quotas_never_more_than_most")
        ),
        sa.CheckConstraint("turned_away >= 0", name=op.f("ck_quotas_turned_away_not_negative")),
        sa.CheckConstraint(
            "(variable = '') = (value = '')", name=op.f("ck_quotas_group_has_variable_and_value")
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "sample_id"],
            ["samples.study_id", "samples.id"],
            name=op.f("fk_quotas_study_id_sample_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_quotas_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotas")),
        sa.UniqueConstraint(
            "sample_id",
            "area_code",
            "variable",
            "value",
            name=op.f("uq_quotas_sample_id_area_code_variable_value"),
        ),
    )
    op.create_table(
        "funnel_hours",
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('place', 'households')", name=op.f("ck_funnel_hours_kind")),
        sa.CheckConstraint(
            "scans >= 0 AND starts >= 0", name=op.f("ck_funnel_hours_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_funnel_hours_study_id")
        ),
        sa.PrimaryKeyConstraint("study_id", "kind", "point", "hour", name=op.f("pk_funnel_hours")),
    )
    _move_counts()
    op.create_table(
        "limit_counts",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 1", name=op.f("ck_limit_counts_n_from_1")),
        sa.PrimaryKeyConstraint("scope", "mark", "window_end", name=op.f("pk_limit_counts")),
    )
    op.create_index(op.f("ix_limit_counts_window_end"), "limit_counts", ["window_end"])
    op.create_table(
        "reasons",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("layer", sa.String(20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("layer IN ('intake', 'batch')", name=op.f("ck_reasons_layer")),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name=op.f("fk_reasons_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "code", name=op.f("pk_reasons")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('accepted', 'rejected')", name=op.f("ck_reviews_verdict")),
        sa.CheckConstraint("length(reason) >= 1", name=op.f("ck_reviews_has_a_reason")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_reviews_response_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reviews_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_response_id"), "reviews", ["response_id"])
    _refuse_changed_reviews()


def downgrade() -> None:
    _give_counts_back()
    for table in (
        "reviews",
        "reasons",
        "limit_counts",
        "funnel_hours",
        "quotas",
        "images",
        "drafts",
    ):
        op.drop_table(table)
    op.drop_index(op.f("ix_responses_wave_id_device_mark"), table_name="responses")
    op.drop_index("uq_responses_wave_id_withdrawal_hash", table_name="responses")
    for table, columns in reversed(ADDED.items()):
        for column in reversed(columns):
            op.drop_column(table, column().name)


def _move_counts() -> None:
    """Scans and starts were one number a point; they count as of the study's first hour."""
    hour = (
        "date_trunc('hour', studies.created_at)"
        if op.get_bind().dialect.name == "postgresql"
        else "strftime('%Y-%m-%d %H:00:00.000000', studies.created_at)"
    )
    op.execute(
        "INSERT INTO funnel_hours (study_id, kind, point, hour, scans, starts) "  # noqa: S608
        f"SELECT studies.id, 'place', code, {hour}, scans, starts FROM entry_points "
        "JOIN studies ON studies.id = entry_points.study_id WHERE scans > 0 OR starts > 0"
    )
    op.execute(
        "INSERT INTO funnel_hours (study_id, kind, point, hour, scans, starts) "  # noqa: S608
        f"SELECT studies.id, 'households', samples.code, {hour}, sum(scans), sum(starts) "
        "FROM households JOIN samples ON samples.id = households.sample_id "
        "JOIN studies ON studies.id = households.study_id "
        "GROUP BY studies.id, samples.code HAVING sum(scans) > 0 OR sum(starts) > 0"
    )
    for table in COUNTED:
        with _rebuilt(table) as rebuilt:
            rebuilt.drop_constraint(op.f(f"ck_{table}_counts_not_negative"), type_="check")
            for name in COUNTS:
                rebuilt.drop_column(name)


def _give_counts_back() -> None:
    """The version before counts by point; the hours of places are added up for it."""
    for table in COUNTED:
        with _rebuilt(table) as rebuilt:
            for name in COUNTS:
                rebuilt.add_column(
                    sa.Column(name, sa.Integer(), nullable=False, server_default="0")
                )
            rebuilt.create_check_constraint(
                op.f(f"ck_{table}_counts_not_negative"),
                "scans >= 0 AND starts >= 0 AND completes >= 0",
            )
        with _rebuilt(table) as rebuilt:
            for name in COUNTS:
                rebuilt.alter_column(name, server_default=None)
    for name in ("scans", "starts"):
        op.execute(
            f"UPDATE entry_points SET {name} = (SELECT coalesce(sum(h.{name}), 0) "  # noqa: S608
            "FROM funnel_hours AS h WHERE h.study_id = entry_points.study_id "
            "AND h.kind = 'place' AND h.point = entry_points.code)"
        )
    op.execute(
        "UPDATE entry_points SET completes = (SELECT count(*) FROM responses AS r "
        "WHERE r.entry_point_id = entry_points.id)"
    )
    op.execute("UPDATE households SET completes = 1 WHERE status = 'answered'")


def _rebuilt(table: str) -> AbstractContextManager[BatchOperations]:
    """SQLite makes such a table anew; what refers to it is looked at when all is done."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA defer_foreign_keys = ON")
    return op.batch_alter_table(table)


def _refuse_changed_reviews() -> None:
    """A decision stays as it was written; a later one is a row of its own."""
    for verb in ("UPDATE", "DELETE"):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER tr_reviews_no_{verb.lower()} BEFORE {verb} ON reviews "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER tr_reviews_no_{verb.lower()} BEFORE {verb} ON reviews "
                "BEGIN SELECT RAISE(ABORT, 'reviews cannot be changed'); END"
            )
