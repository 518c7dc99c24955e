"""How the values of a product are called."""

from flask_babel import lazy_gettext as _l

from app.products.models import Maturity

MATURITY = {
    Maturity.RESEARCH: _l("In research (TRL 1–5)"),
    Maturity.SAMPLE: _l("Samples (TRL 6–7)"),
    Maturity.SMALL_BATCH: _l("Small batch (TRL 8)"),
    Maturity.VOLUME: _l("Volume production (TRL 9)"),
}
