"""Walking a site by its links, as one person: which pages there are, and that no link leads nowhere."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

LINK = re.compile(r'<(?:a|link rel="alternate")\s[^>]*?href="(/[^"]*)"')
KEYS = {"code", "token", "filename"}  # parts of an address that name a record, beside ids


@dataclass
class Walk:
    """What a person has come across: pages by their address and kind, endpoints that answered, links that led nowhere."""

    pages: dict[str, str] = field(default_factory=dict)
    endpoints: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)


def walk(app: Flask, client: FlaskClient, starts: Iterable[str]) -> Walk:
    """Follow the links from the starting pages, to one page of each kind: records of one sort are alike."""
    found, starts = Walk(), list(starts)
    known = {kind_of(app, start) for start in starts}
    waiting = deque(("the test", start) for start in starts)
    while waiting:
        source, address = waiting.popleft()
        response = client.get(address, buffered=True)
        found.endpoints.add(kind_of(app, address).split()[0])
        if response.status_code >= 400:
            found.broken.append(f"{source} leads to {address}, which answers {response.status_code}")
        if response.status_code != 200 or response.mimetype != "text/html":
            continue
        found.pages[address] = kind_of(app, address)
        for link in dict.fromkeys(unescape(link) for link in LINK.findall(response.text)):
            if (kind := kind_of(app, link)) not in known:
                known.add(kind)
                waiting.append((address, link))
    return found


def kind_of(app: Flask, address: str) -> str:
    """The endpoint of an address and those parts of it that are words."""
    endpoint, values = app.url_map.bind("localhost").match(urlsplit(address).path)
    return " ".join([endpoint, *(value for name, value in values.items() if isinstance(value, str) and name not in KEYS)])
