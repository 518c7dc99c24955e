"""A small client of Kaijing's JSON API: one class, the standard library alone.

>>> client = Client.sign_in("http://127.0.0.1:8000", "chip@demo.example", "kaijing-demo")
>>> for product in client.items("/products", q="雷达"):
...     print(product["name"])

Requests that are answered 429 or 503, or not at all, are sent again after a pause. A POST carries an Idempotency-Key, so that it
is carried out once however often it is sent.
"""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]
TRIES, LONGEST_PAUSE = 5, 60.0
AGAIN = {429, 503}


class Problem(Exception):
    """A refusal (RFC 9457). `kind` is the last word of its type, `errors` maps fields to what is wrong with them."""

    def __init__(self, status: int, body: Json) -> None:
        self.status, self.kind = status, str(body.get("type", "")).rpartition("#")[2]
        self.errors: dict[str, list[str]] = body.get("errors", {})
        super().__init__(f"{status} {self.kind}: {body.get('detail', '')} {self.errors or ''}".strip())


@dataclass(frozen=True)
class Answer:
    """What came back: the record, and the ETag under which it may be replaced."""

    body: Json
    etag: str


@dataclass(frozen=True)
class Client:
    """Speaks for one person, or with no token for a visitor. `language`: that of the problems' texts."""

    url: str
    token: str = ""
    language: str = "en"

    @classmethod
    def sign_in(cls, url: str, email: str, password: str, **more: Any) -> "Client":
        """A client with a new token. `more`: otp, scopes, expires_in, organization. Raises Problem."""
        credentials = {"email": email, "password": password, **more}
        return cls(url, cls(url).post("/auth/token", credentials)["token"])

    def get(self, path: str, **query: Any) -> Json:
        """A record, or a page of a list. Raises Problem."""
        return self.read(path, **query).body

    def read(self, path: str, **query: Any) -> Answer:
        """A record with its ETag. Raises Problem."""
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path)

    def items(self, path: str, **query: Any) -> Iterator[Json]:
        """All items of a list, page by page. Raises Problem."""
        number, seen, total = 1, 0, 1
        while seen < total:
            page = self.get(path, **{"per_page": 100, **query, "page": number})
            yield from page["items"]
            number, seen, total = number + 1, seen + len(page["items"]), page["total"]
            if not page["items"]:
                return

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> Json:
        """Make a record or act on one. `key`: under the same one, a program that starts again repeats nothing. Raises Problem."""
        return self._send("POST", path, body or {}, {"Idempotency-Key": key or str(uuid.uuid4())}).body

    def patch(self, path: str, body: Mapping[str, Any], etag: str) -> Answer:
        """Change a record as it was read; Problem 412 when somebody else changed it since."""
        return self._send("PATCH", path, body, {"If-Match": etag})

    def delete(self, path: str, etag: str) -> Answer:
        """Remove a record as it was read; Problem 412 when somebody else changed it since."""
        return self._send("DELETE", path, None, {"If-Match": etag})

    def _send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        request = urllib.request.Request(f"{self.url}/api/v1{path}", method=method, headers=dict(headers or {}))
        request.add_header("Accept-Language", self.language)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for pause in (2.0**number for number in range(TRIES)):
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return Answer(json.loads(response.read() or b"{}"), response.headers.get("ETag", ""))
            except urllib.error.HTTPError as refusal:
                if refusal.code not in AGAIN:
                    raise _problem(refusal) from None
                last: Exception = _problem(refusal)
                pause = float(refusal.headers.get("Retry-After", pause))
            except OSError as failure:
                # whether a replacement was carried out before the line broke is not known: its sender reads the record again
                if method in {"PATCH", "DELETE"}:
                    raise
                last = failure
            if pause > LONGEST_PAUSE:
                break
            time.sleep(pause)
        raise last


def _problem(refusal: urllib.error.HTTPError) -> Problem:
    try:
        body = json.loads(refusal.read())
    except ValueError:
        body = {"detail": refusal.reason}
    return Problem(refusal.code, body)
