"""The states of a product."""

from app.products.models import ProductStatus
from app.states import Machine, Transition

S = ProductStatus

PRODUCT = Machine(
    "product",
    S.ACTIVE,
    (
        Transition("retire", (S.ACTIVE,), S.RETIRED, "chip firm"),
        Transition("reactivate", (S.RETIRED,), S.ACTIVE, "chip firm"),
    ),
)
