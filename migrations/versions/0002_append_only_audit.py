"""The audit log can only grow: triggers refuse every other change, whoever asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GENESIS = "0" * 64
REFUSAL = "the audit log is append-only"

# a detail may lose its personal part, and nothing else may ever change in it
DETAIL_KEPT = ("seq", "salt", "action", "subject_type", "subject_id", "actor_id", "seal_id", "personal_digest")


def _erasure(is_distinct: str) -> str:
    changed = " OR ".join(f"NEW.{column} {is_distinct} OLD.{column}" for column in DETAIL_KEPT)
    return f"NEW.personal IS NOT NULL OR OLD.personal IS NULL OR {changed}"


def _sqlite() -> list[str]:
    refuse = f"SELECT RAISE(ABORT, '{REFUSAL}')"
    statements = []
    for table in ("audit_entries", "audit_details"):
        # INSERT OR REPLACE removes the old row without firing a DELETE trigger: it is stopped before that
        statements += [
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refuse}; END",
            (
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq) BEGIN {refuse}; END"
            ),
        ]
    return [
        *statements,
        f"CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN {refuse}; END",
        (
            "CREATE TRIGGER audit_entries_no_replace_by_hash BEFORE INSERT ON audit_entries"
            f" WHEN EXISTS (SELECT 1 FROM audit_entries WHERE hash = NEW.hash) BEGIN {refuse}; END"
        ),
        f"CREATE TRIGGER audit_details_only_erase BEFORE UPDATE ON audit_details WHEN {_erasure('IS NOT')} BEGIN {refuse}; END",
        f"CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN {refuse}; END",
        f"CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head WHEN NEW.seq <= OLD.seq BEGIN {refuse}; END",
        (
            "CREATE TRIGGER audit_head_no_replace BEFORE INSERT ON audit_head"
            f" WHEN EXISTS (SELECT 1 FROM audit_head) BEGIN {refuse}; END"
        ),
    ]


def _postgresql() -> list[str]:
    statements = [
        (
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        ),
    ]
    for table in ("audit_entries", "audit_details", "audit_head"):
        statements += [
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_audit_change()",
        ]
    return [
        *statements,
        (
            "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries"
            " FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
        ),
        (
            "CREATE TRIGGER audit_details_only_erase BEFORE UPDATE ON audit_details"
            f" FOR EACH ROW WHEN ({_erasure('IS DISTINCT FROM')}) EXECUTE FUNCTION refuse_audit_change()"
        ),
        (
            "CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head"
            " FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION refuse_audit_change()"
        ),
    ]


def upgrade() -> None:
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": GENESIS}])
    statements = _postgresql() if op.get_bind().dialect.name == "postgresql" else _sqlite()
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("an audit log that is append-only does not go back")
