"""Searches that people keep, and what they have been told of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("shape", sa.String(40), nullable=False),
        sa.Column("arguments", sa.String(2000), nullable=False),
        sa.Column("alerts", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_searches_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("user_id", "shape", "arguments", name="uq_saved_searches_user_id_shape_arguments"),
    )
    op.create_index("ix_saved_searches_alerts_checked_at", "saved_searches", ["alerts", "checked_at"])
    op.create_table(
        "saved_search_hits",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_searches.id"], name="fk_saved_search_hits_search_id_saved_searches", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", "record_id", name="pk_saved_search_hits"),
    )


def downgrade() -> None:
    op.drop_table("saved_search_hits")
    op.drop_table("saved_searches")
