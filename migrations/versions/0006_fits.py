"""The match table: generations, matched records, embeddings, fits, and dismissals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "match_generations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("encoder", sa.String(200), nullable=False),
        sa.Column("constants", sa.LargeBinary(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("encoder_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_match_generations"),
    )
    op.create_table(
        "market_records",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(32), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("text_digest", sa.String(32), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("row_made", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('scenario', 'product')", name="ck_market_records_marketside"),
        sa.PrimaryKeyConstraint("record_id", name="pk_market_records"),
    )
    op.create_index("ix_market_records_applied", "market_records", ["applied"])
    op.create_index("ix_market_records_side_row_made", "market_records", ["side", "row_made"])
    op.create_table(
        "record_embeddings",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("encoder", sa.String(200), nullable=False),
        sa.Column("text_digest", sa.String(32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "encoder", name="pk_record_embeddings"),
    )
    op.create_table(
        "fits",
        sa.Column("scenario_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("scenario_digest", sa.BigInteger(), nullable=False),
        sa.Column("product_digest", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("verdicts", JSON, nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("unmet_must", sa.Integer(), nullable=False),
        sa.Column("of_scenario", sa.Boolean(), nullable=False),
        sa.Column("of_product", sa.Boolean(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name="ck_fits_score"),
        sa.CheckConstraint("of_scenario OR of_product", name="ck_fits_in_a_row"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], name="fk_fits_scenario_id_scenarios", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_fits_product_id_products", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scenario_id", "product_id", name="pk_fits"),
    )
    op.create_index("ix_fits_scenario_id_score", "fits", ["scenario_id", "score"])
    op.create_index("ix_fits_product_id_score", "fits", ["product_id", "score"])
    _create_dismissals()


def _create_dismissals() -> None:
    op.create_table(
        "dismissals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("scenario_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("dismissed_by", sa.Uuid(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('field', 'technology', 'capacity', 'terms', 'other')", name="ck_dismissals_dismissalreason"),
        sa.CheckConstraint("reason <> 'other' OR note <> ''", name="ck_dismissals_note"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_dismissals_organization_id_organizations", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], name="fk_dismissals_scenario_id_scenarios", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_dismissals_product_id_products", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["dismissed_by"], ["users.id"], name="fk_dismissals_dismissed_by_users"),
        sa.PrimaryKeyConstraint("id", name="pk_dismissals"),
    )
    op.create_index("ix_dismissals_scenario_id", "dismissals", ["scenario_id"])
    op.create_index("ix_dismissals_product_id", "dismissals", ["product_id"])
    op.create_index(
        "uq_dismissals_firm",
        "dismissals",
        ["organization_id", "scenario_id"],
        unique=True,
        sqlite_where=sa.text("product_id IS NULL"),
        postgresql_where=sa.text("product_id IS NULL"),
    )
    op.create_index("uq_dismissals_product", "dismissals", ["organization_id", "scenario_id", "product_id"], unique=True)


def downgrade() -> None:
    for table in ("dismissals", "fits", "record_embeddings", "market_records", "match_generations"):
        op.drop_table(table)
