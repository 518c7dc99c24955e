"""What was derived from a firm's products, beside its own answer to a requirement line."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("compliance_lines") as table:
        table.add_column(sa.Column("derived_verdict", sa.String(32), nullable=True))
        table.add_column(sa.Column("derived_value", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("derived_evidence", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("derived_note", json, nullable=False, server_default="{}"))
        table.create_check_constraint("verdict", "derived_verdict IN ('met', 'unmet', 'unknown')")


def downgrade() -> None:
    with op.batch_alter_table("compliance_lines") as table:
        table.drop_constraint("verdict", type_="check")
        for name in ("derived_note", "derived_evidence", "derived_value", "derived_verdict"):
            table.drop_column(name)
