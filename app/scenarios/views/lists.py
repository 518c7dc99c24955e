"""Lists: what everybody may find, and the scenarios of one's own firms."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.errors import Text
from app.facets import Choice, Facet, words
from app.locales import localized
from app.scenarios import listing, policy, queries
from app.scenarios.labels import AWARD_KIND, FACET, SCENARIO_STATUS, SORT
from app.scenarios.listing import Counted, Filter, Sort
from app.scenarios.models import AwardKind, ScenarioStatus
from app.scenarios.views.base import blueprint
from app.web import current_actor, database, login_required, now, page, paginate


def filter_from_address() -> Filter:
    """The filter that the address holds; what it does not understand, it passes over."""
    args = request.args
    closing = args.get("closing", "")
    sort = args.get("sort", "")
    return Filter(
        words=tuple(words(args.get("q", "").replace("\0", ""))),
        domain=tuple(args.getlist("domain")),
        area=tuple(args.getlist("area")),
        track=tuple(args.getlist("track")),
        status=tuple(status for status in listing.LISTED if status in args.getlist("status")),
        award=tuple(kind for kind in AwardKind if kind in args.getlist("award")),
        closing=int(closing) if closing in {str(days) for days in listing.CLOSING_DAYS} else None,
        sort=Sort(sort) if sort in set(Sort) else Sort.CLOSING,
    )


def _facets(wanted: Filter) -> list[tuple[Facet, list[Choice]]]:
    """The facets as the list's frame shows them."""
    counted = listing.facets(database(), current_actor(), wanted, now())
    rows = []
    for name, label in FACET.items():
        chosen = {str(value) for value in ([wanted.closing] if name == "closing" else getattr(wanted, name))}
        choices = [Choice(c.value, _label(c), c.records, c.value in chosen) for c in counted[name]]
        rows.append((Facet(name, label, {}), [choice for choice in choices if choice.count or choice.chosen]))
    return rows


def _label(choice: Counted) -> Text:
    if choice.facet == "status":
        return SCENARIO_STATUS[ScenarioStatus(choice.value)]
    if choice.facet == "award":
        return AWARD_KIND[AwardKind(choice.value)]
    if choice.facet == "closing":
        return _("Within %(days)s days", days=choice.value)
    return localized(choice)


@blueprint.get("/scenarios")
def index() -> ResponseReturnValue:
    """Opened scenarios, filtered by words and facets."""
    actor, wanted = current_actor(), filter_from_address()
    found = paginate(listing.listed(actor, wanted, now()))
    ids = [scenario.id for scenario in found.items]
    invited = policy.invited_to(database(), actor, ids)
    readable = {s.id for s in found.items if policy.sight(actor, s, invited=s.id in invited) is policy.Sight.ALL}
    return page(
        "scenarios/index.html",
        found=found,
        wanted=wanted,
        facets=_facets(wanted),
        sorts=SORT,
        readable=readable,
        questions=queries.question_counts(database(), readable),
    )


@blueprint.get("/scenarios/mine")
@login_required
def mine() -> ResponseReturnValue:
    """The scenarios of the firms that this person belongs to, by state."""
    actor = current_actor()
    asked = request.args.get("status", "")
    status = ScenarioStatus(asked) if asked in set(ScenarioStatus) else None
    firms = list(actor.affiliations)
    return page(
        "scenarios/mine.html",
        found=paginate(queries.of_firms(firms, status)),
        counts=queries.counts_by_status(database(), firms),
        status=status,
        can_create=any(policy.can_create(actor, firm) for firm in firms),
    )
