"""Pages: the words of the plan and the calendar of working days, as the operator keeps them."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.clock import shanghai_day
from app.errors import NotFound, require_allowed
from app.taxonomy import operations, policy, queries
from app.taxonomy.forms import CalendarDayForm, calendar_day_form, indicator_form, task_form, term_form
from app.taxonomy.labels import COMPARISON, TRACK_KIND, VOCABULARY
from app.taxonomy.models import CalendarDay, Indicator, Task, Term
from app.web import attempt, current_actor, database, login_required, now, page, paginate, record_or_404

blueprint = Blueprint("taxonomy", __name__, url_prefix="/taxonomy")


@blueprint.before_request
@login_required
def keepers_only() -> ResponseReturnValue | None:
    """All pages here are the operator's."""
    require_allowed(policy.can_keep(current_actor()))
    return None


@blueprint.context_processor
def vocabularies() -> dict[str, Any]:
    """The links between these pages."""
    return {"vocabularies": VOCABULARY}


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Where the operator begins: the first vocabulary."""
    return redirect(url_for(".terms", name=next(iter(VOCABULARY))))


@blueprint.get("/words/<name>")
def terms(name: str) -> ResponseReturnValue:
    """The words of one vocabulary."""
    words = paginate(queries.vocabulary(_kind(name)))
    return page("taxonomy/terms.html", name=name, label=VOCABULARY[name][1], words=words, track_kinds=TRACK_KIND)


@blueprint.route("/words/<name>/new", methods=["GET", "POST"])
def new_term(name: str) -> ResponseReturnValue:
    """Add a word."""
    kind = _kind(name)
    form = term_form(database(), kind, None)
    added = attempt(
        form,
        lambda: operations.create_term(database(), kind, form.code.data, form.values(), actor=current_actor(), now=now()),
    )
    if added is not None:
        return _done(".terms", name=name)
    return page("taxonomy/edit.html", form=form, title=_("Add a word"), back=url_for(".terms", name=name))


@blueprint.route("/words/<name>/<code>", methods=["GET", "POST"])
def edit_term(name: str, code: str) -> ResponseReturnValue:
    """Change a word."""
    kind = _kind(name)
    form = term_form(database(), kind, _term(kind, code))
    changed = attempt(
        form,
        lambda: operations.edit_term(
            database(), kind, code, form.values(), version=form.version.data, actor=current_actor(), now=now()
        ),
        current=lambda: term_form(database(), kind, _term(kind, code), fresh=True),
    )
    if changed is not None:
        return _done(".terms", name=name)
    return page("taxonomy/edit.html", form=form, title=code, back=url_for(".terms", name=name))


@blueprint.post("/words/<name>/<code>/retire")
def retire_term(name: str, code: str) -> ResponseReturnValue:
    """Offer a word no more."""
    operations.set_retired(database(), _kind(name), code, retired=True, actor=current_actor(), now=now())
    return _done(".terms", name=name)


@blueprint.post("/words/<name>/<code>/restore")
def restore_term(name: str, code: str) -> ResponseReturnValue:
    """Offer a word again."""
    operations.set_retired(database(), _kind(name), code, retired=False, actor=current_actor(), now=now())
    return _done(".terms", name=name)


@blueprint.get("/tasks")
def tasks() -> ResponseReturnValue:
    """The tasks of the plan."""
    return page("taxonomy/tasks.html", tasks=queries.tasks(database()))


@blueprint.route("/tasks/<int(max=9999):no>", methods=["GET", "POST"])
def edit_task(no: int) -> ResponseReturnValue:
    """Change a task."""
    form = task_form(database(), _task(no))
    changed = attempt(
        form,
        lambda: operations.edit_task(
            database(), no, name_zh=form.name_zh.data, departments=form.departments.data, version=form.version.data,
            actor=current_actor(), now=now(),
        ),
        current=lambda: task_form(database(), _task(no), fresh=True),
    )  # fmt: skip
    if changed is not None:
        return _done(".tasks")
    return page("taxonomy/edit.html", form=form, title=_("Task %(no)s", no=no), back=url_for(".tasks"))


@blueprint.get("/indicators")
def indicators() -> ResponseReturnValue:
    """The numbers that the plan sets."""
    return page("taxonomy/indicators.html", indicators=paginate(queries.indicators()), comparisons=COMPARISON)


@blueprint.route("/indicators/<code>", methods=["GET", "POST"])
def edit_indicator(code: str) -> ResponseReturnValue:
    """Change an indicator."""
    form = indicator_form(_indicator(code))
    changed = attempt(
        form,
        lambda: operations.edit_indicator(
            database(), code, form.values(), version=form.version.data, actor=current_actor(), now=now()
        ),
        current=lambda: indicator_form(_indicator(code), fresh=True),
    )
    if changed is not None:
        return _done(".indicators")
    return page("taxonomy/edit.html", form=form, title=_indicator(code).name_zh, back=url_for(".indicators"))


@blueprint.route("/calendar", methods=["GET", "POST"])
def calendar() -> ResponseReturnValue:
    """The days declared working or free, and a form to declare one."""
    form = CalendarDayForm()
    if attempt(form, lambda: _declare(form)) is not None:
        return _done(".calendar")
    days = paginate(queries.calendar_days())
    return page("taxonomy/calendar.html", form=form, days=days, unknown_year=queries.unknown_year(shanghai_day(now())))


def _declare(form: CalendarDayForm) -> object:
    return operations.declare_day(database(), form.day.data, **form.values(), actor=current_actor(), now=now())


@blueprint.route("/calendar/<day>", methods=["GET", "POST"])
def edit_day(day: str) -> ResponseReturnValue:
    """Change what a day is declared to be."""
    edited = _day(day)
    form = calendar_day_form(_declared(edited))
    changed = attempt(
        form,
        lambda: operations.edit_day(
            database(), edited, **form.values(), version=form.version.data, actor=current_actor(), now=now()
        ),
        current=lambda: calendar_day_form(_declared(edited), fresh=True),
    )
    if changed is not None:
        return _done(".calendar")
    return page("taxonomy/edit.html", form=form, title=day, back=url_for(".calendar"))


@blueprint.post("/calendar/<day>/remove")
def remove_day(day: str) -> ResponseReturnValue:
    """Let the library's calendar rule over a day again."""
    operations.remove_calendar_day(database(), _day(day), actor=current_actor(), now=now())
    return _done(".calendar")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def _declared(day: date) -> CalendarDay:
    return record_or_404(database().get(CalendarDay, day))


def _done(endpoint: str, **values: Any) -> ResponseReturnValue:
    flash(_("Saved."), "success")
    return redirect(url_for(endpoint, **values))


def _kind(name: str) -> type[Term]:
    if name not in VOCABULARY:
        raise NotFound
    return VOCABULARY[name][0]


def _term(kind: type[Term], code: str) -> Term:
    return record_or_404(database().get(kind, code))


def _task(no: int) -> Task:
    return record_or_404(database().get(Task, no))


def _indicator(code: str) -> Indicator:
    return record_or_404(database().get(Indicator, code))
