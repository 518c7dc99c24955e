"""The whole document of the API under schemathesis: as six people, on the demo's records, with all checks and the links between
operations. schemathesis.toml says which refusals a valid request may meet; nothing else is excused.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import User
from app.accounts.operations import issue_token
from app.actor import VISITOR, Actor
from app.api.registry import openapi
from app.database import Base
from app.organizations.queries import actor_for
from app.taxonomy.models import Area, Domain, Technology, Track
from tests.factories.accounts import UserFactory
from tests.support.browser import Server
from tests.support.databases import SQLITE
from tests.support.demo import Demo

PROJECT = Path(__file__).parents[2]
ROLES = ("visitor", "chip", "reviewer", *(pytest.param(role, marks=pytest.mark.deep) for role in ("anchor", "approver", "admin")))
# phases and bounds of the suite, and of a deep run, which tries each rule of each schema at its edges too
PHASES, EXAMPLES, SEQUENCES = "examples,fuzzing,stateful", 2, 8
PHASES_DEEP, EXAMPLES_DEEP, SEQUENCES_DEEP = "examples,coverage,fuzzing,stateful", 60, 100
SEED, LIMIT = 20261124, 280
# how often an id, a code or a tag is one that exists
PROBABILITY = 0.75
# ids of paths that are not named after their model
NAMED = {"token": "ApiToken", "session": "UserSession", "search": "SavedSearch", "event": "OutboxEvent"}
FIRM, FEW = ("organization_id", "firm_id", "anchor_id"), 4
CODES = {"track": Track, "domain": Domain, "area": Area, "tracks[*]": Track, "technologies[*]": Technology}


@pytest.fixture
def server(app: Flask, demo: Demo) -> Iterator[Server]:
    server = Server(app)
    yield server
    server.stop()


def ids_of(session: Session, parameter: str, actor: Actor) -> list[str]:
    """Ids that a parameter of a path may have: a few records of each status, and a few of the actor's firm."""
    word = parameter.removesuffix("_id")
    name = NAMED.get(word, "".join(part.capitalize() for part in word.split("_")))
    model: Any = next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__name__ == name)
    statement = select(model.id).order_by(model.id)
    if model is User:
        statement = statement.where(User.id != actor.user_id)
    own = [statement.where(getattr(model, of) == actor.organization_id) for of in FIRM if of in model.__table__.columns]
    each = [*own, *_of_each_status(session, model, statement)] or [statement]
    return list(dict.fromkeys(str(found) for few in each for found in session.scalars(few.limit(FEW))))


def _of_each_status(session: Session, model: Any, statement: Select[Any]) -> list[Select[Any]]:
    if "status" not in model.__table__.columns:
        return []
    states = session.scalars(select(model.status).distinct().order_by(model.status)).all()
    return [statement.where(model.status == status) for status in states]


def ids_by_parameter(session: Session, document: dict[str, Any], actor: Actor) -> dict[str, list[str]]:
    """Ids that exist, by the parameters of paths."""
    names = {name for path in document["paths"] for name in re.findall(r"{(\w+_id)}", path)}
    return {name: ids for name in sorted(names) if (ids := ids_of(session, name, actor))}


def configuration(session: Session, ids: dict[str, list[str]], secret: str, sequences: int) -> str:
    """The project's configuration, with the token and values that exist."""
    values = {f"{place}.{name}": known for name, known in ids.items() for place in ("path", "body")}
    values |= {f"body.{name}": list(session.scalars(select(model.code).order_by(model.code))) for name, model in CODES.items()}
    lines = []
    for number, (parameter, known) in enumerate(values.items()):
        lines += [f"[dictionaries.d{number}]", f"values = {json.dumps(known)}"]
        lines += [f'[parameters."{parameter}"]', f'dictionary = "d{number}"', f"probability = {PROBABILITY}"]
    lines += ["[phases.stateful.generation]", f"max-examples = {sequences}"]
    if secret:
        lines += ["[auth.openapi.bearer]", f"bearer = {json.dumps(secret)}"]
    return (PROJECT / "schemathesis.toml").read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n"


def token_of(session: Session, actor: Actor) -> dict[str, str]:
    """The id and the secret of a token with all scopes that there are for somebody."""
    by = {"actor": actor, "now": clock.utcnow(), "organization_id": None, "shared": False}
    token, secret = issue_token(session, name="all", scopes=None, life=timedelta(days=1), **by)
    return {"id": str(token.id), "secret": secret}


@pytest.mark.long
@pytest.mark.no_cover
@pytest.mark.databases(SQLITE)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_found_by_trying_everything(demo, server, tmp_path, pytestconfig, role):
    document, deep = openapi(), pytestconfig.getoption("--deep")
    actor = VISITOR if role == "visitor" else actor_for(demo.session, demo.user(role))
    ids = ids_by_parameter(demo.session, document, actor)
    other = actor_for(demo.session, UserFactory())
    tokens = [token_of(demo.session, each) if each.signed_in else {"id": "", "secret": ""} for each in (actor, other)]
    phases, examples, sequences = (PHASES_DEEP, EXAMPLES_DEEP, SEQUENCES_DEEP) if deep else (PHASES, EXAMPLES, SEQUENCES)
    (settings := tmp_path / "schemathesis.toml").write_text(
        configuration(demo.session, ids, tokens[0]["secret"], sequences), encoding="utf-8"
    )
    demo.session.commit()
    (known := tmp_path / "ids.json").write_text(json.dumps(ids), encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", f"{server.url}/api/v1/openapi.json"]
    command += ["--checks", "all", "--phases", phases, "--seed", str(SEED), "-n", str(examples)]
    command += ["--continue-on-failure", "--no-shrink", "--no-color", "--generation-database=none"]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.support.fuzzing", "PYTHONPATH": str(PROJECT), "KAIJING_FUZZ_IDS": str(known),
             "KAIJING_FUZZ_TOKENS": json.dumps(tokens)}  # fmt: skip
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=None if deep else LIMIT,
        env={**os.environ, **hooks},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-20_000:]
    assert f"Tested: {sum(len(set(methods) - {'parameters'}) for methods in document['paths'].values())}" in result.stdout
