"""A product's data sheet as the judge of requirement lines reads it."""

from app.products.models import Product
from search_index.parameters import Parameter


def parameters_of(product: Product) -> list[Parameter]:
    """The parameters and the certificates that a product states. Its parameters must be loaded."""
    stated = [Parameter(row.name, row.value, row.unit) for row in product.parameters]
    return [*stated, *(Parameter("认证", certificate) for certificate in product.certifications)]
