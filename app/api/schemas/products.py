"""Products, as they are sent and shown."""

from app.api.answers import Highlights, Score
from app.api.fields import TEXT, Choice, Coded, Id, Moment, Part, Rows, Schema, Text, Unit
from app.products.models import Maturity, ProductStatus
from app.products.operations import MOST_PARAMETERS


class ParameterSchema(Schema):
    """A row of the data sheet."""

    name = Text(required=True, shortest=1, metadata={"example": "工作温度"})
    value = Text(required=True, shortest=1, metadata={"example": "-40~125"})
    unit = Unit()


class ProductPatch(Schema):
    """What a firm writes of a product; what is left out stays as it is."""

    name = Text(shortest=1, metadata={"example": "KJ-77G 毫米波雷达收发芯片"})
    model = Text(metadata={"example": "KJ77A"})
    track = Text(40, attribute="track_code", metadata={"example": "design"})
    technologies = Rows(Text(40), attribute="technology_codes", metadata={"example": ["logic"]})
    description = Text(TEXT)
    parameters = Rows(Part(ParameterSchema), most=MOST_PARAMETERS)
    certifications = Rows(Text(), metadata={"example": ["AEC-Q100 Grade 1"]})
    maturity = Choice(Maturity)


class ProductBody(ProductPatch):
    """A new product."""

    name = Text(required=True, shortest=1, metadata={"example": "KJ-77G 毫米波雷达收发芯片"})
    track = Text(40, attribute="track_code", required=True, metadata={"example": "design"})
    maturity = Choice(Maturity, required=True)


class ProductSchema(Schema):
    """A product with its data sheet."""

    id = Id(required=True)
    status = Choice(ProductStatus, required=True)
    organization = Id(attribute="organization_id", required=True)
    name = Text(required=True)
    model = Text(required=True)
    track = Text(attribute="track_code", required=True)
    technologies = Coded(required=True, metadata={"example": ["logic"]})
    description = Text(TEXT, required=True)
    parameters = Rows(Part(ParameterSchema), required=True)
    certifications = Rows(Text(), required=True, metadata={"example": ["AEC-Q100 Grade 1"]})
    maturity = Choice(Maturity, required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class ProductHit(ProductSchema):
    """A product as a search finds it."""

    searched = True
    score = Score()
    highlights = Highlights(required=True)
