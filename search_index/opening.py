"""Engines by their address."""

from pathlib import Path

from search_index.engine import Engine


def open_engine(url: str) -> Engine:
    """The engine at an address: `whoosh:` and a folder. Nothing is read yet: a missing or torn index shows at the first use.

    Raises ValueError for an address of another kind.
    """
    kind, _, place = url.partition(":")
    if kind != "whoosh" or not place:
        raise ValueError(f"no search engine has the address {url!r}: it should be whoosh:FOLDER")
    from search_index.whoosh_engine import WhooshEngine  # who only needs the protocol is spared numpy and Whoosh

    return WhooshEngine(Path(place))
