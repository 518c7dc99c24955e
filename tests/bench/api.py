"""The API's lists and records under load, beside the page of the same list in the same run. Keys begin with `api.`.

`api.list` and `api.detail` are a visitor's, `…_token` those of a program with a token.
"""

from datetime import timedelta

from sqlalchemy import select

from app import clock, create_app
from app.accounts.models import User
from app.accounts.operations import issue_token
from app.extensions import db
from app.organizations.queries import actor_for
from tests.bench.server import FIGURES, Target, in_turns, serving
from tests.bench.web import open_scenario, statements

PORT = 8396


def measure() -> dict[str, float]:
    """The list of scenarios, one scenario, and the page of the list, in turns."""
    app = create_app()
    with app.app_context():
        paths = {"list": "/api/v1/scenarios", "detail": f"/api/v1{open_scenario()}"}
        token = f"Bearer {_token()}"
    origin = f"http://127.0.0.1:{PORT}"
    targets = {f"api.{name}": Target(origin + path) for name, path in paths.items()}
    targets |= {f"api.{name}_token": Target(origin + path, authorization=token) for name, path in paths.items()}
    targets["web.list"] = Target(f"{origin}/scenarios")
    with serving(PORT):
        figures = {key if key.startswith("api.") else f"api.{key}": value for key, value in in_turns(targets).items()}
    for name, path in paths.items():
        figures[f"api.{name}.statements"] = statements(app, path, {})
        figures[f"api.{name}_token.statements"] = statements(app, path, {"Authorization": token})
    return figures


def show(figures: dict[str, float]) -> None:
    """Print the figures as a table."""
    columns = (*FIGURES, "statements")
    print(f"\n{'endpoint':<20}" + "".join(f"{column:>12}" for column in columns))
    for name in ("list", "list_token", "detail", "detail_token", "web.list"):
        print(f"{name:<20}" + "".join(f"{figures.get(f'api.{name}.{column}', ''):>12}" for column in columns))
    print()


def _token() -> str:
    """The secret of a token of the demo's chip firm."""
    user = db.session.scalars(select(User).where(User.email == "chip@demo.example")).one()
    actor = actor_for(db.session(), user)
    by = {"actor": actor, "now": clock.utcnow(), "organization_id": actor.organization_id, "shared": False}
    _record, secret = issue_token(db.session(), name="bench", scopes=None, life=timedelta(days=1), **by)
    db.session.commit()
    return secret
