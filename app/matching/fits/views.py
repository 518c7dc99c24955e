"""Pages of the match table: who fits a scenario, which scenarios fit a firm or a product, "not for us", and coverage gaps."""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from app.errors import require_allowed, require_visible
from app.forms import ConfirmForm
from app.locales import localized
from app.matching import policy as matching_policy
from app.matching.fits import operations, policy, queries, showing
from app.matching.fits.forms import DismissForm
from app.matching.fits.items import MATCHED
from app.matching.fits.labels import DISMISSAL_REASON
from app.matching.fits.models import Dismissal, Fit
from app.matching.fits.showing import OurFit, ShownFit, shown_fits
from app.products import policy as product_policy
from app.products.models import Product
from app.products.queries import get_product
from app.scenarios import policy as scenario_policy
from app.scenarios import queries as scenario_queries
from app.scenarios.labels import OPERATOR
from app.scenarios.models import Scenario
from app.scenarios.views.base import seen as seen_scenario
from app.spreadsheets import csv_file
from app.web import (
    PER_PAGE,
    Page,
    current_actor,
    database,
    login_required,
    now,
    page,
    page_number,
    paginate,
    record_or_404,
    run,
)

PREVIEW = 3  # how many rows stand on the page of a scenario or product, and on the desk

blueprint = Blueprint("fits", __name__)


@blueprint.app_context_processor
def previews() -> dict[str, Any]:
    """What pages of scenarios, of products and the desk show of the match table; they stand below it and only name it."""
    return {
        "fits_of_scenario": fits_of_scenario,
        "fits_of_product": fits_of_product,
        "fits_for_us": fits_for_us,
        "our_fit": our_fit,
        "dismissal_reasons": DISMISSAL_REASON,
    }


def fits_of_scenario(scenario: Scenario) -> list[ShownFit] | None:
    """The best of the products that fit; None for a scenario that is not matched, or whose row is not this person's to read."""
    if scenario.status not in MATCHED or not policy.can_see_for_scenario(current_actor(), scenario):
        return None
    return _first(_row_of(scenario))


def _row_of(scenario: Scenario) -> Select[Fit]:
    """The fifty best of a scenario."""
    return queries.for_scenario(current_actor(), scenario).where(Fit.of_scenario)


def fits_of_product(product: Product) -> list[ShownFit] | None:
    """The best of the scenarios that fit; None where the product's row is not this person's to read."""
    if not policy.can_see_for_firm(current_actor(), product.organization_id):
        return None
    return _first(queries.for_product(current_actor(), product).where(Fit.of_product))


def fits_for_us() -> list[ShownFit] | None:
    """The best of the scenarios that fit the chip firm that one acts for; None for whoever acts for none."""
    firm = current_actor().chip_firm
    return _first(queries.for_organization(current_actor(), firm)) if firm else None


def our_fit(scenario: Scenario) -> OurFit | None:
    """How a product of the chip firm that one acts for fits a scenario that one reads: the `product` asked for, else its best."""
    firm = current_actor().chip_firm
    if firm is None or scenario.organization_id == firm or scenario.status not in MATCHED:
        return None
    return showing.our_fit(database(), queries.of_firm(database(), firm, scenario.id), request.args.get("product", type=uuid.UUID))


def _first(statement: Select[Fit]) -> list[ShownFit]:
    session = database()
    return shown_fits(session, session.scalars(statement.limit(PREVIEW)).all())


def _listed(statement: Select[Fit]) -> Page[ShownFit]:
    found = paginate(statement)
    return Page(shown_fits(database(), found.items), found.total, found.number, found.per_page)


def _state_of(record_id: uuid.UUID) -> dict[str, Any]:
    """Whether a record's row is there, and whether the encoder answers."""
    generation = queries.latest_generation(database())
    failing = generation is not None and generation.encoder_failed_at is not None
    return {"ready": queries.is_ready(database(), record_id), "failing": failing}


@blueprint.get("/scenarios/<uuid:scenario_id>/fits")
@login_required
def of_scenario(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Who fits a scenario, and why."""
    scenario, actor = seen_scenario(scenario_id), current_actor()
    require_visible(policy.can_see_for_scenario(actor, scenario))
    return page(
        "fits/of_scenario.html",
        scenario=scenario,
        matched=scenario.status in MATCHED,
        fits=_listed(_row_of(scenario)),
        form=DismissForm(formdata=None),
        **_state_of(scenario.id),
        **actions_on(scenario),
    )


def actions_on(scenario: Scenario) -> dict[str, Any]:
    """What this person can do with a row of the scenario: invite, propose, say that it does not fit; who is invited already."""
    actor = current_actor()
    return {
        "invites": scenario.accepts_solutions(now()) and scenario_policy.can_invite(actor, scenario),
        "proposes": matching_policy.can_propose(database(), actor, scenario),
        "dismisses": policy.can_dismiss_for_scenario(actor, scenario),
        "invited": scenario_queries.invited_firms(database(), scenario.id),
    }


@blueprint.post("/scenarios/<uuid:scenario_id>/fits/<uuid:product_id>/dismiss")
@login_required
def dismiss_product(scenario_id: uuid.UUID, product_id: uuid.UUID) -> ResponseReturnValue:
    """The anchor firm: this product is not for our scenario."""
    scenario, product = seen_scenario(scenario_id), record_or_404(get_product(database(), product_id))
    return _dismiss(
        lambda **why: operations.dismiss_product(database(), scenario, product, actor=current_actor(), now=now(), **why),
        back=url_for(".of_scenario", scenario_id=scenario_id),
    )


def _dismiss(dismiss: Callable[..., Dismissal], back: str) -> ResponseReturnValue:
    """Take a pair out of sight."""
    form, done = DismissForm(), _("It is not shown any more. You can take that back under “Not for us”.")
    return run(form, lambda: dismiss(reason=form.reason.data, note=form.note.data or ""), done=done, to=back)


@blueprint.get("/fits")
@login_required
def for_us() -> ResponseReturnValue:
    """The scenarios that fit the firm that one acts for, each with the best of its products."""
    firm, form = record_or_404(current_actor().chip_firm), DismissForm(formdata=None)
    dismisses = policy.can_dismiss_for_firm(current_actor(), firm)
    return page("fits/for_us.html", fits=_listed(queries.for_organization(current_actor(), firm)), form=form, dismisses=dismisses)


@blueprint.get("/products/<uuid:product_id>/fits")
@login_required
def of_product(product_id: uuid.UUID) -> ResponseReturnValue:
    """The scenarios that fit a product, and why."""
    product, actor = record_or_404(get_product(database(), product_id)), current_actor()
    require_visible(product_policy.can_see(actor, product) and policy.can_see_for_firm(actor, product.organization_id))
    return page(
        "fits/of_product.html",
        product=product,
        fits=_listed(queries.for_product(actor, product).where(Fit.of_product)),
        form=DismissForm(formdata=None),
        dismisses=policy.can_dismiss_for_product(actor, product),
        **_state_of(product.id),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/not-for-us")
@login_required
def dismiss_scenario(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """A chip firm: this scenario is not for us; with `product` in the address: not for this product of ours."""
    scenario, firm = seen_scenario(scenario_id), record_or_404(current_actor().chip_firm)
    wanted = request.args.get("product", type=uuid.UUID)
    product = record_or_404(database().get(Product, wanted)) if wanted else None
    return _dismiss(
        lambda **why: operations.dismiss_scenario(
            database(), scenario, firm, actor=current_actor(), now=now(), product=product, **why
        ),
        back=url_for(".of_product", product_id=product.id) if product else url_for(".for_us"),
    )


@blueprint.get("/fits/dismissed")
@login_required
def dismissed() -> ResponseReturnValue:
    """What one's firm has put away, to be taken back."""
    firm = record_or_404(current_actor().organization_id)
    rows = paginate(queries.dismissals_of(firm))
    return page("fits/dismissed.html", rows=rows, restores=policy.can_dismiss_for_firm(current_actor(), firm))


@blueprint.post("/dismissals/<uuid:dismissal_id>/restore")
@login_required
def restore(dismissal_id: uuid.UUID) -> ResponseReturnValue:
    """Take a "not for us" back."""
    dismissal = record_or_404(database().get(Dismissal, dismissal_id))
    return run(
        ConfirmForm(),
        lambda: operations.restore(database(), dismissal, actor=current_actor(), now=now()),
        done=_("It is shown again, as soon as the matches are brought up to date."),
        to=url_for(".dismissed"),
    )


def _gaps() -> list[queries.Gap]:
    """All gaps of the necessity that the address asks for (`must`, `should` or any), of all fields."""
    require_allowed(policy.can_see_gaps(current_actor()))
    wanted = {"must": {True}, "should": {False}}.get(request.args.get("necessity", ""), {True, False})
    return [gap for gap in queries.gaps(database(), current_actor()) if gap.line.must in wanted]


def _in_domain(found: list[queries.Gap]) -> list[queries.Gap]:
    """Those in the field that the address asks for."""
    return [gap for gap in found if request.args.get("domain", "") in {"", gap.scenario.domain_code}]


@blueprint.get("/gaps")
@login_required
def gaps() -> ResponseReturnValue:
    """Requirement lines that no local product meets, by field: where the cluster lacks a chip."""
    found, number = _gaps(), page_number()
    chosen = _in_domain(found)
    rows = Page(chosen[(number - 1) * PER_PAGE : number * PER_PAGE], len(chosen), number, PER_PAGE)
    domains = {gap.scenario.domain_code: gap.scenario.domain for gap in found}
    counts = Counter(gap.scenario.domain_code for gap in found)
    asked = {name: request.args[name] for name in ("domain", "necessity") if request.args.get(name)}
    return page("fits/gaps.html", gaps=rows, counts=counts, domains=domains, asked=asked, total=len(found))


@blueprint.get("/gaps.csv")
@login_required
def gaps_csv() -> ResponseReturnValue:
    """The same lines for a spreadsheet."""
    head = [_("Domain"), _("Number"), _("Scenario"), _("Requirement"), _("Required"), _("Must"), _("Nearest product"),
            _("Firm"), _("Not met"), _("Unknown")]  # fmt: skip
    return csv_file("gaps", [head, *map(_cells, _in_domain(_gaps()))])


def _cells(gap: queries.Gap) -> list[Any]:
    line, nearest = gap.line, gap.nearest
    required = f"{OPERATOR[line.operator]} {line.value} {line.unit}".strip()
    firm = localized(nearest.organization) if nearest else ""
    return [localized(gap.scenario.domain), gap.scenario.number, gap.scenario.title, line.name, required,
            _("Must") if line.must else _("Should"), nearest.name if nearest else "", firm, gap.unmet, gap.unknown]  # fmt: skip
