"""Whatever is recorded has a name that people read: the actions are gathered from the calls that record them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from operator import attrgetter
from pathlib import Path
from types import ModuleType

import pytest

import app
from app.audit.labels import ACTION, SUBJECT
from app.database import Base
from app.scenarios.models import InvitationStatus

ROOT = Path(app.__file__).parent
# what no call in the code says: values that are read from a record
READ = {"invitation.status": {status.value for status in InvitationStatus if status is not InvitationStatus.PENDING}}


@dataclass(frozen=True)
class Call:
    """A call, the function that it stands in, and its file."""

    node: ast.Call
    inside: ast.FunctionDef | None
    file: Path


@cache
def calls() -> list[Call]:
    found = []

    def walk(node: ast.AST, inside: ast.FunctionDef | None, file: Path) -> None:
        inside = node if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.Call):
            found.append(Call(node, inside, file))
        for child in ast.iter_child_nodes(node):
            walk(child, inside, file)

    for file in sorted(ROOT.rglob("*.py")):
        walk(ast.parse(file.read_text()), None, file)
    return found


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def records() -> Iterator[Call]:
    """The calls that record something: `record`, or under the name that a module gives it."""
    for call in calls():
        text = call.file.read_text()
        renamed = "from app.audit.operations import record as audit" in text
        if name_of(call.node) == "audit.record" or name_of(call.node) == ("audit" if renamed else "record"):
            yield call


def values(expression: ast.expr, call: Call) -> set[str]:
    """What an expression may be: texts that stand there, or that are passed to the function it stands in."""
    if isinstance(expression, ast.Constant):
        return {str(expression.value)}
    if isinstance(expression, ast.IfExp):
        return values(expression.body, call) | values(expression.orelse, call)
    if isinstance(expression, ast.FormattedValue):
        return values(expression.value, call)
    if isinstance(expression, ast.JoinedStr):
        return {"".join(parts) for parts in product(*(values(part, call) for part in expression.values))}
    if isinstance(expression, ast.Name) and call.inside is not None:
        return of_name(expression.id, call.inside, call)
    text = ast.unparse(expression)
    return READ[text] if text in READ else {str(attrgetter(text)(module_of(call.file)))}


def module_of(file: Path) -> ModuleType:
    return import_module(".".join(file.relative_to(ROOT.parent).with_suffix("").parts))


def of_name(name: str, function: ast.FunctionDef, call: Call) -> set[str]:
    assigned = [each.value for each in ast.walk(function) if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == name]
    if assigned:
        return set().union(*(values(value, call) for value in assigned))
    names = [argument.arg for argument in function.args.args]
    found = set()
    for other in calls():
        same = other.file == call.file or not function.name.startswith("_")
        if same and name_of(other.node).rpartition(".")[2] == function.name:
            passed = {keyword.arg: keyword.value for keyword in other.node.keywords}
            passed |= dict(zip(names, other.node.args, strict=False))
            found |= values(passed[name], other)
    return found


@cache
def recorded() -> frozenset[str]:
    return frozenset().union(*(values(call.node.args[1], call) for call in records()))


def test_the_calls_are_found():
    assert {"accounts.issue_token", "solutions.shortlist", "taxonomy.retire_term", "scenario.invitation_accepted"} <= recorded()


def test_each_action_that_is_recorded_has_a_name():
    assert recorded() - ACTION.keys() == set()


def test_each_name_is_that_of_an_action():
    assert ACTION.keys() - recorded() == set()


@pytest.mark.parametrize("kind", sorted(SUBJECT))
def test_each_kind_of_record_is_a_table(kind):
    assert kind in Base.metadata.tables
