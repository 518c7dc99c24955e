"""The words of the plan, its tasks and numbers, and the calendar of working days: everybody reads them, the operator keeps them."""

from datetime import date
from typing import Any

from sqlalchemy import inspect

from app.api.fields import Schema
from app.api.frame import Listing, Resource, page_of, page_of_rows
from app.api.schemas import plan as schemas
from app.errors import NotFound
from app.taxonomy import operations, queries
from app.taxonomy.models import Area, CalendarDay, Department, Domain, Indicator, Task, Technology, Term, Track
from app.web import current_actor, database, now, record_or_404

resource = Resource("plan", "The words of the plan, and the calendar")
LARGEST_NUMBER = 2**31 - 1
KEPT = {"code", "version", "retired"}  # of a word, what editing does not touch


def _found(kind: type[Any], key: str) -> Any:
    """The record with this code. Raises NotFound, also for what no database can look for."""
    if not (key.isascii() and key.isprintable()):
        raise NotFound
    return record_or_404(database().get(kind, key))


def _serve(name: str, kind: type[Term], shows: type[Schema], takes: type[Schema], changes: type[Schema]) -> None:
    """The endpoints of one vocabulary."""

    def current(code: str) -> Term:
        term: Term = _found(kind, code)
        return term

    def listed(query: dict[str, Any]) -> Listing:
        return page_of(queries.vocabulary(kind), query)

    def shown(_query: dict[str, Any], code: str) -> Term:
        return current(code)

    def created(body: dict[str, Any]) -> Term:
        code = body.pop("code")
        return operations.create_term(database(), kind, code, body, actor=current_actor(), now=now())

    def edited(body: dict[str, Any], code: str) -> Term:
        term = current(code)
        columns = [column.key for column in inspect(kind).columns if column.key not in KEPT]
        values = {key: getattr(term, key) for key in columns} | body
        return operations.edit_term(database(), kind, code, values, version=term.version, actor=current_actor(), now=now())

    def retired(_body: dict[str, Any], code: str) -> Term:
        return operations.set_retired(database(), kind, current(code).code, retired=True, actor=current_actor(), now=now())

    def restored(_body: dict[str, Any], code: str) -> Term:
        return operations.set_retired(database(), kind, current(code).code, retired=False, actor=current_actor(), now=now())

    one = f"/{name}/<code>"
    resource.lists(f"/{name}", shows)(_named(listed, f"list_{name}", f"The {name} of the plan, retired ones last."))
    resource.reads(one, shows)(_named(shown, f"show_{name}", f"A word of the {name}."))
    resource.creates(f"/{name}", shows, takes=takes)(_named(created, f"create_{name}", f"Add a word to the {name}."))
    resource.replaces(one, shows, takes=changes, current=current)(_named(edited, f"edit_{name}", f"Change a word of the {name}."))
    resource.acts(f"{one}/retire", shows)(_named(retired, f"retire_{name}", f"Offer a word of the {name} no more."))
    resource.acts(f"{one}/restore", shows)(_named(restored, f"restore_{name}", f"Offer a word of the {name} again."))


def _named(view: Any, name: str, summary: str) -> Any:
    view.__name__, view.__doc__ = name, summary
    return view


_serve("domains", Domain, schemas.TermSchema, schemas.TermBody, schemas.TermPatch)
_serve("tracks", Track, schemas.TrackSchema, schemas.TrackBody, schemas.TrackPatch)
_serve("technologies", Technology, schemas.TechnologySchema, schemas.TechnologyBody, schemas.TechnologyPatch)
_serve("areas", Area, schemas.AreaSchema, schemas.AreaBody, schemas.AreaPatch)
_serve("departments", Department, schemas.TermSchema, schemas.TermBody, schemas.TermPatch)


@resource.lists("/tasks", schemas.TaskSchema)
def list_tasks(query: dict[str, Any]) -> Listing:
    """The ten tasks of the plan."""
    return page_of_rows(queries.tasks(database()), query)


def _task(no: int) -> Task:
    """The task with this number. Raises NotFound, also for a number that no database can look for."""
    # not left to the address's `int(max=…)`: Werkzeug would answer such a PATCH with 405, because it has seen the rule for GET
    if no > LARGEST_NUMBER:
        raise NotFound
    return record_or_404(database().get(Task, no))


@resource.reads("/tasks/<int:no>", schemas.TaskSchema)
def show_task(_query: dict[str, Any], no: int) -> Task:
    """A task of the plan."""
    return _task(no)


@resource.replaces("/tasks/<int:no>", schemas.TaskSchema, takes=schemas.TaskPatch, current=_task)
def edit_task(body: dict[str, Any], no: int) -> Task:
    """Change a task's name and who is responsible for it."""
    task = _task(no)
    departments = body.get("departments", [row.code for row in task.departments])
    name, version = body.get("name_zh", task.name_zh), task.version
    who: dict[str, Any] = {"actor": current_actor(), "now": now()}
    return operations.edit_task(database(), no, name_zh=name, departments=departments, version=version, **who)


@resource.lists("/indicators", schemas.IndicatorSchema)
def list_indicators(query: dict[str, Any]) -> Listing:
    """The numbers that the plan sets."""
    return page_of(queries.indicators(), query)


def _indicator(code: str) -> Indicator:
    indicator: Indicator = _found(Indicator, code)
    return indicator


@resource.reads("/indicators/<code>", schemas.IndicatorSchema)
def show_indicator(_query: dict[str, Any], code: str) -> Indicator:
    """A number that the plan sets."""
    return _indicator(code)


@resource.replaces("/indicators/<code>", schemas.IndicatorSchema, takes=schemas.IndicatorPatch, current=_indicator)
def edit_indicator(body: dict[str, Any], code: str) -> Indicator:
    """Change what a number of the plan is called and asks for."""
    indicator = _indicator(code)
    values = {name: getattr(indicator, name) for name in ("name_zh", "comparison", "target", "unit_zh")} | body
    version = indicator.version
    return operations.edit_indicator(database(), code, values, version=version, actor=current_actor(), now=now())


@resource.lists("/calendar-days", schemas.CalendarDaySchema)
def list_calendar_days(query: dict[str, Any]) -> Listing:
    """The days that the operator has declared working or free, the latest first."""
    return page_of(queries.calendar_days(), query)


@resource.creates("/calendar-days", schemas.CalendarDaySchema, takes=schemas.CalendarDayBody)
def declare_day(body: dict[str, Any]) -> CalendarDay:
    """Declare a day working or free; deadlines that are set already stay."""
    return operations.declare_day(database(), actor=current_actor(), now=now(), **body)


def _day(day: str) -> CalendarDay:
    """The declared day. Raises NotFound, also for what is no day."""
    try:
        return record_or_404(database().get(CalendarDay, date.fromisoformat(day)))
    except ValueError:
        raise NotFound from None


@resource.reads("/calendar-days/<day>", schemas.CalendarDaySchema)
def show_calendar_day(_query: dict[str, Any], day: str) -> CalendarDay:
    """A day that the operator has declared working or free."""
    return _day(day)


@resource.replaces("/calendar-days/<day>", schemas.CalendarDaySchema, takes=schemas.CalendarDayPatch, current=_day)
def edit_day(body: dict[str, Any], day: str) -> CalendarDay:
    """Change what a day is declared to be; deadlines that are set already stay."""
    row = _day(day)
    working, note = body.get("working", row.working), body.get("note", row.note)
    who: dict[str, Any] = {"actor": current_actor(), "now": now()}
    return operations.edit_day(database(), row.day, working=working, note=note, version=row.version, **who)


@resource.acts("/calendar-days/<day>/remove", None)
def remove_calendar_day(_body: dict[str, Any], day: str) -> None:
    """Let the calendar rule over a day again."""
    operations.remove_calendar_day(database(), _day(day).day, actor=current_actor(), now=now())
