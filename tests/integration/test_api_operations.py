"""Everything that a person can do, a program can do: each public operation is called by an endpoint of the API, or says why not."""

import ast
import inspect
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import app
from app.api.registry import RESOURCES

ROOT = Path(app.__file__).parent
PLACES = [path.parent for path in ROOT.rglob("operations*") if path.suffix in {"", ".py"}]
CAPABILITIES = sorted(".".join(place.relative_to(ROOT).parts) for place in PLACES)

# reason → operations that no endpoint calls
WITHOUT_ENDPOINT = {
    "a step of other operations, which have endpoints": {
        "accounts.check_code", "accounts.check_password", "accounts.check_sign_up", "accounts.send_confirmation",
        "api.free", "api.key_of", "api.remember", "api.remembered",
        "attachments.check", "attachments.clean_name", "attachments.copy", "attachments.remove", "attachments.store",
        "audit.create_seal", "audit.erase_naming", "audit.erase_personal", "audit.keyed", "audit.open_seal", "audit.record",
        "discovery.promise_indexing",
        "notifications.erase_for", "notifications.notify", "notifications.settle",
        "organizations.check_registration",
        "outbox.emit", "outbox.empty",
        "projects.establish", "projects.finish_if_over",
        "scenarios.end_unfilled", "scenarios.fill", "scenarios.finish",
        "solutions.flag_outdated", "solutions.mark_selected", "solutions.pass_over_rest", "solutions.return_to_shortlist",
        "taxonomy.next_number",
    },
    "carried out by the worker": {
        "accounts.clean_up_due", "api.forget_due", "attachments.remove_unused_due", "matching.lapse_due",
        "notifications.queue_digests", "outbox.carry_out", "outbox.carry_out_together", "outbox.drain", "outbox.forget_done",
        "outbox.lease_batch", "outbox.release", "outbox.retry_delay", "scenarios.close_due",
    },
    "carried out at the command line of the machine": {
        "demo.is_loaded", "demo.load", "demo.play", "scenarios.import_challenges",
    },
    "makes a browser's cookie; a program gets a token instead": {"accounts.open_session"},
}  # fmt: skip
EXCEPTED = {name: reason for reason, names in WITHOUT_ENDPOINT.items() for name in names}


def operations_of(capability: str) -> dict[str, FunctionType]:
    """The public operations by name: what a package exports, or what a module defines."""
    module = import_module(f"app.{capability}.operations")
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    functions = {name: getattr(module, name) for name in names if inspect.isfunction(getattr(module, name))}
    return {name: function for name, function in functions.items() if function.__module__.startswith(module.__name__)}


def called_by(module: ModuleType) -> set[FunctionType]:
    """The operations that the endpoints of a resource call, themselves or by functions and tables of the same module."""
    assert module.__file__ is not None
    statements = ast.parse(Path(module.__file__).read_text()).body
    bound = {name: statement for statement in statements for name in names_bound(statement)}
    waiting = [statement for statement in statements if is_endpoint(statement)]
    found: set[FunctionType] = set()
    seen: set[int] = set()
    while waiting:
        statement = waiting.pop()
        if id(statement) in seen:
            continue
        seen.add(id(statement))
        for node in ast.walk(statement):
            found |= {value for value in [meant(node, module)] if is_operation(value)}
            if isinstance(node, ast.Name) and node.id in bound:
                waiting.append(bound[node.id])
    return found


def names_bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def is_endpoint(statement: ast.stmt) -> bool:
    """Whether a statement hands something to `resource`, as its decorators do."""
    used = (node.value for node in ast.walk(statement) if isinstance(node, ast.Attribute))
    return any(isinstance(value, ast.Name) and value.id == "resource" for value in used)


def meant(node: ast.AST, module: ModuleType) -> object:
    """What a name, or a name of an imported module, stands for in a resource."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        imported = getattr(module, node.value.id, None)
        return getattr(imported, node.attr, None) if isinstance(imported, ModuleType) else None
    return None


def is_operation(value: object) -> bool:
    return inspect.isfunction(value) and ".operations" in value.__module__


@pytest.fixture(scope="module")
def called() -> set[FunctionType]:
    return set().union(*(called_by(import_module(f"app.api.resources.{name}")) for name in RESOURCES))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_each_operation_has_an_endpoint(capability, called):
    without = {f"{capability}.{name}" for name, function in operations_of(capability).items() if function not in called}
    assert without <= EXCEPTED.keys()


def test_no_exception_is_made_for_what_has_an_endpoint_or_is_gone(called):
    existing = {f"{name}.{key}": value for name in CAPABILITIES for key, value in operations_of(name).items()}
    assert EXCEPTED.keys() <= existing.keys()
    assert {name for name in EXCEPTED if existing[name] in called} == set()


def test_an_operation_that_no_endpoint_reaches_counts_as_without(tmp_path):
    """The walk follows what endpoints use, not what a module merely imports or defines."""
    source = tmp_path / "made_up.py"
    source.write_text(
        "from app.solutions import operations\n"
        "def _used():\n    return operations.withdraw\n"
        "def _idle():\n    return operations.shortlist\n"
        "@resource.acts('/x', None)\ndef endpoint():\n    return _used()\n"
    )
    module = ModuleType("made_up")
    module.__file__ = str(source)
    operations = import_module("app.solutions.operations")
    vars(module)["operations"] = operations
    assert called_by(module) == {operations.withdraw}
