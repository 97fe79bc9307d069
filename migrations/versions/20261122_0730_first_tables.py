"""The first tables, and the triggers that keep published things as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNCHANGEABLE = {  # table -> which of its rows may never be changed or deleted
    "questionnaires": "OLD.published_at IS NOT NULL",
    "runs": "1 = 1",
    "audit_events": "1 = 1",
}


def upgrade() -> None:
    op.create_table(
        "studies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("form_number", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("approval_kind", sa.String(20), nullable=False),
        sa.Column("approval_by", sa.Text(), nullable=False),
        sa.Column("approval_number", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("root_area", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("folder", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "approval_kind IN ('审批', '备案', '演练')", name=op.f("ck_studies_approval_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name_badge", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'analyst', 'supervisor', 'volunteer', 'official')",
            name=op.f("ck_users_role"),
        ),
        sa.CheckConstraint("username <> ''", name=op.f("ck_users_username_not_empty")),
        sa.CheckConstraint("failed_logins >= 0", name=op.f("ck_users_failed_logins_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "areas",
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("urban_rural", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("households", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "level IN ('省', '市', '县', '乡级', '村级', '网格')", name=op.f("ck_areas_level")
        ),
        sa.CheckConstraint(
            "length(code) = 12 OR level = '网格'", name=op.f("ck_areas_only_a_grid_has_a_suffix")
        ),
        sa.CheckConstraint("length(code) >= 12", name=op.f("ck_areas_code_has_12_digits")),
        sa.CheckConstraint(
            "parent IS NULL OR parent <> code", name=op.f("ck_areas_not_its_own_parent")
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "parent"],
            ["areas.study_id", "areas.code"],
            name=op.f("fk_areas_study_id_parent"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_areas_study_id")),
        sa.PrimaryKeyConstraint("study_id", "code", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_study_id_parent"), "areas", ["study_id", "parent"], unique=False)
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"], unique=False)
    op.create_table(
        "indicators",
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("numerator", sa.Text(), nullable=False),
        sa.Column("denominator", sa.Text(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('rate', 'score', 'index')", name=op.f("ck_indicators_kind")),
        sa.CheckConstraint(
            "direction IN ('', 'higher', 'lower')", name=op.f("ck_indicators_direction")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_indicators_version_from_1")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_indicators_study_id")),
        sa.PrimaryKeyConstraint("study_id", "code", "version", name=op.f("pk_indicators")),
    )
    op.create_table(
        "margins",
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("margin", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_margins_study_id")),
        sa.PrimaryKeyConstraint("study_id", "margin", "category", name=op.f("pk_margins")),
    )
    op.create_table(
        "questionnaires",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("workbook", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_questionnaires_sha256_in_hex")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_questionnaires_number_from_1")),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_questionnaires_study_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_questionnaires_study_id_id")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_questionnaires_study_id_number")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_runs_sha256_in_hex")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_runs_number_from_1")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_runs_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_runs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_runs_study_id_number")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf_secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "expires_at > created_at", name=op.f("ck_sessions_expires_after_it_began")
        ),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_sessions_token_hash_in_hex")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "waves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("closes >= opens", name=op.f("ck_waves_closes_after_it_opens")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_waves_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_waves_study_id_code")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_waves_study_id_id")),
    )
    op.create_table(
        "entry_points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("completes", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'revoked')", name=op.f("ck_entry_points_status")),
        sa.CheckConstraint(
            "scans >= 0 AND starts >= 0 AND completes >= 0",
            name=op.f("ck_entry_points_counts_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "area_code"],
            ["areas.study_id", "areas.code"],
            name=op.f("fk_entry_points_study_id_area_code"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_entry_points_study_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_points")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_entry_points_study_id_code")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_entry_points_study_id_id")),
        sa.UniqueConstraint("token", name=op.f("uq_entry_points_token")),
    )
    op.create_table(
        "populations",
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "area_code"],
            ["areas.study_id", "areas.code"],
            name=op.f("fk_populations_study_id_area_code"),
        ),
        sa.PrimaryKeyConstraint("study_id", "area_code", "name", name=op.f("pk_populations")),
    )
    op.create_table(
        "samples",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('probability', 'quota', 'opt-in')", name=op.f("ck_samples_kind")
        ),
        sa.CheckConstraint(
            "channel IN ('place', 'door', 'household')", name=op.f("ck_samples_channel")
        ),
        sa.CheckConstraint(
            "channel <> 'place' OR kind <> 'probability'",
            name=op.f("ck_samples_place_is_never_probability"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "wave_id"],
            ["waves.study_id", "waves.id"],
            name=op.f("fk_samples_study_id_wave_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_samples_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_samples_study_id_code")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_samples_study_id_id")),
    )
    op.create_table(
        "volunteers",
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "area_code"],
            ["areas.study_id", "areas.code"],
            name=op.f("fk_volunteers_study_id_area_code"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_volunteers_study_id")),
        sa.PrimaryKeyConstraint("study_id", "code", name=op.f("pk_volunteers")),
    )
    op.create_table(
        "dispositions",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("class", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "class IN ('I', 'P', 'R', 'NC', 'O', 'UH', 'UO', 'NE')",
            name=op.f("ck_dispositions_class"),
        ),
        sa.CheckConstraint("n >= 0", name=op.f("ck_dispositions_n_not_negative")),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.id"], name=op.f("fk_dispositions_sample_id")
        ),
        sa.PrimaryKeyConstraint("sample_id", "class", name=op.f("pk_dispositions")),
    )
    op.create_table(
        "households",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("completes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'revoked', 'answered')", name=op.f("ck_households_status")
        ),
        sa.CheckConstraint("length(code_hash) = 64", name=op.f("ck_households_code_hash_in_hex")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_households_number_from_1")),
        sa.CheckConstraint(
            "scans >= 0 AND starts >= 0 AND completes >= 0",
            name=op.f("ck_households_counts_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "area_code"],
            ["areas.study_id", "areas.code"],
            name=op.f("fk_households_study_id_area_code"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "sample_id"],
            ["samples.study_id", "samples.id"],
            name=op.f("fk_households_study_id_sample_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_households_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_households_code_hash")),
        sa.UniqueConstraint("sample_id", "number", name=op.f("uq_households_sample_id_number")),
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("study_id", sa.Text(), nullable=False),
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("entry_point_id", sa.Integer(), nullable=True),
        sa.Column("entry_point", sa.Text(), nullable=False),
        sa.Column("volunteer", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_text", sa.Text(), nullable=False),
        sa.Column("submitted_text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status IN ('accepted', 'quarantined', 'rejected', 'withdrawn', 'training')",
            name=op.f("ck_responses_status"),
        ),
        sa.CheckConstraint(
            "source IN ('folder', 'phone', 'volunteer')", name=op.f("ck_responses_source")
        ),
        sa.CheckConstraint(
            "(source = 'volunteer') = (user_id IS NOT NULL)",
            name=op.f("ck_responses_volunteer_entry_has_user"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "entry_point_id"],
            ["entry_points.study_id", "entry_points.id"],
            name=op.f("fk_responses_study_id_entry_point_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "questionnaire_id"],
            ["questionnaires.study_id", "questionnaires.id"],
            name=op.f("fk_responses_study_id_questionnaire_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "sample_id"],
            ["samples.study_id", "samples.id"],
            name=op.f("fk_responses_study_id_sample_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_responses_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_responses_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint(
            "study_id", "response_id", name=op.f("uq_responses_study_id_response_id")
        ),
        sa.UniqueConstraint("submission_id", name=op.f("uq_responses_submission_id")),
    )
    op.create_index(
        op.f("ix_responses_sample_id_status"), "responses", ["sample_id", "status"], unique=False
    )
    op.create_table(
        "answers",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name=op.f("fk_answers_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "name", name=op.f("pk_answers")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _refuse_change_postgresql()
    else:
        _refuse_change_sqlite()


def downgrade() -> None:
    """Drop everything; SQLite drops a table's triggers with it, PostgreSQL keeps their function."""
    op.drop_table("answers")
    op.drop_index(op.f("ix_responses_sample_id_status"), table_name="responses")
    op.drop_table("responses")
    op.drop_table("households")
    op.drop_table("dispositions")
    op.drop_table("volunteers")
    op.drop_table("samples")
    op.drop_table("populations")
    op.drop_table("entry_points")
    op.drop_table("waves")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("runs")
    op.drop_table("questionnaires")
    op.drop_table("margins")
    op.drop_table("indicators")
    op.drop_index(op.f("ix_audit_events_at"), table_name="audit_events")
    op.drop_table("audit_events")
    op.drop_index(op.f("ix_areas_study_id_parent"), table_name="areas")
    op.drop_table("areas")
    op.drop_table("users")
    op.drop_table("studies")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _refuse_change_sqlite() -> None:
    for table, frozen in UNCHANGEABLE.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"WHEN {frozen} BEGIN SELECT RAISE(ABORT, '{table} cannot be changed'); END"
            )


def _refuse_change_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% cannot be changed', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END
        $$
        """
    )
    for table, frozen in UNCHANGEABLE.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"FOR EACH ROW WHEN ({frozen}) EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
