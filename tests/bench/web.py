"""The pages under load beside a bare page of the same rows, statements per page, start-up time. Keys begin with `web.`."""

import time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app import create_app
from app.accounts.models import User
from app.extensions import db
from app.organizations.models import Membership, Organization, OrganizationStatus
from app.scenarios.models import Confidentiality, Scenario, ScenarioStatus
from tests.bench.server import FIGURES, Target, in_turns, serving
from tests.support.bad_queries import BAD_QUERIES
from tests.support.clients import open_session

PORT, BARE_PORT = 8397, 8398
LISTS = ("/search", "/scenarios", "/products", "/organizations", "/projects")


def measure() -> dict[str, float]:
    """Visitors' pages, the same as somebody of a chip firm gets them (`…_signed_in`), and the bare page, in turns."""
    app = create_app()
    with app.app_context():
        paths = {"home": "/", "list": "/scenarios", "scenario": open_scenario()}
        cookie = _cookie_of_chip_firm(app)
    origin = f"http://127.0.0.1:{PORT}"
    targets = {name: Target(origin + path) for name, path in paths.items()}
    targets |= {f"{name}_signed_in": Target(origin + path, cookie) for name, path in paths.items()}
    targets["bare_list"] = Target(f"http://127.0.0.1:{BARE_PORT}/")
    with serving(PORT) as startup, serving(BARE_PORT, ["tests.bench.bare:application"]):
        figures = {f"web.{key}": value for key, value in in_turns(targets).items()}
    for name, path in paths.items():
        figures[f"web.{name}.statements"] = statements(app, path, {})
        figures[f"web.{name}_signed_in.statements"] = statements(app, path, {"Cookie": cookie})
    for name in ("list", "list_signed_in"):
        figures[f"web.{name}.ratio"] = round(figures[f"web.{name}.rps"] / figures["web.bare_list.rps"], 2)
    return figures | {"web.startup_s": round(startup, 2), "web.bad_input.worst_ms": worst_ms(app)}


def show(figures: dict[str, float]) -> None:
    """Print the figures as a table."""
    names = dict.fromkeys(key.split(".")[1] for key in figures if key.endswith(".rps"))
    columns = (*FIGURES, "statements", "ratio")
    print(f"\n{'page':<20}" + "".join(f"{column:>12}" for column in columns))
    for name in names:
        print(f"{name:<20}" + "".join(f"{figures.get(f'web.{name}.{column}', ''):>12}" for column in columns))
    print(f"\nratio: beside the bare list    first page after {figures['web.startup_s']} s")
    print(f"bad input: the slowest answer of a list after {figures['web.bad_input.worst_ms']} ms\n")


def open_scenario() -> str:
    """The address of an open scenario that everybody may read."""
    readable = Scenario.confidentiality == Confidentiality.PUBLIC
    statement = select(Scenario.id).where(Scenario.status == ScenarioStatus.OPEN, readable).order_by(Scenario.number)
    return f"/scenarios/{db.session.scalars(statement).first()}"


def _cookie_of_chip_firm(app: Flask) -> str:
    """The cookie of a browser in which somebody of a verified chip firm is signed in."""
    person = select(User).join(Membership).join(Organization, Organization.id == Membership.organization_id)
    person = person.where(Organization.is_chip, ~Organization.is_anchor, Organization.status == OrganizationStatus.VERIFIED)
    user = db.session.scalars(person.order_by(User.email)).first()
    assert user is not None
    token = open_session(db.session(), user)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    # the first page notes in the cookie when this browser was last seen
    client.get("/")
    found = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return f"{found.key}={found.value}"


def worst_ms(app: Flask) -> float:
    """The longest that a list takes to answer a query that makes no sense, in a process that has opened the index, as all do."""
    client = app.test_client(use_cookies=False)
    client.get("/search", query_string={"q": "雷达"})
    return round(max(_answer_ms(client, f"{address}?{query}") for address in LISTS for query in BAD_QUERIES), 1)


def _answer_ms(client: FlaskClient, address: str) -> float:
    begun = time.perf_counter()
    assert client.get(address).status_code == 200, address
    return 1000 * (time.perf_counter() - begun)


def statements(app: Flask, path: str, headers: dict[str, str]) -> int:
    """How many SQL statements an address takes."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    client = app.test_client(use_cookies=False)
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = client.get(path, headers=headers)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, path
    return sum(not text.startswith("BEGIN") for text in seen)
