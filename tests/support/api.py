"""Asking the JSON API as one of the people of a made-up world, at a moment of its story."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories.matching import MatchWorld
from tests.integration.test_api import bearer


@dataclass
class Door:
    """The API, for the people of a world."""

    client: FlaskClient
    world: MatchWorld

    def __call__(
        self, who: str | None, method: str, path: str, body: Any = None, *, at: datetime | None = None, **headers: str
    ) -> TestResponse:
        """Send a request as this person (None: a visitor), when the scenario opens unless another moment is given."""
        moment = at or self.world.now
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with time_machine.travel(moment, tick=False):
            if who is not None:
                sent |= bearer(self.world.user(who), moment)
            return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def edit(self, who: str, path: str, body: Any, *, at: datetime | None = None) -> TestResponse:
        """Read a record and replace what is named of it."""
        tag = self(who, "GET", path, at=at).headers.get("ETag", '"none"')
        return self(who, "PATCH", path, body, at=at, If_Match=tag)
