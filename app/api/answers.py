"""The kinds of value that the API only shows."""

from typing import Any

import marshmallow
from marshmallow import fields


class Score(fields.Float):
    """How well a record fits what is searched for: greater is better, 0 where nothing was searched for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=True, metadata={"example": 12.5}, **options)


class Piece(marshmallow.Schema):
    """A part of a text, and whether it is what was searched for."""

    text = fields.String(required=True)
    hit = fields.Boolean(required=True)


class Highlights(fields.Dict):
    """What was hit, by the text that it was hit in: pieces, each with whether it is a hit."""

    def __init__(self, **options: Any) -> None:
        example = {"title": [{"text": "雷达", "hit": True}, {"text": "芯片", "hit": False}]}
        super().__init__(fields.String(), fields.List(fields.Nested(Piece)), metadata={"example": example}, **options)


class Changes(fields.Dict):
    """Fields that changed: each with its value before and after."""

    def __init__(self, **options: Any) -> None:
        example = {"need": ["找到国产方案。", "找到国产方案，年内装车。"]}
        super().__init__(fields.String(), fields.List(fields.Raw(allow_none=True)), metadata={"example": example}, **options)
