"""What a list shows of the records found: loaded by their ids in one statement for each kind, under the rule of who sees what.

The index has applied that rule already. It is applied again here, where the texts come from: an index that lags for a moment shows
nothing that the database would not.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from app.actor import Actor
from app.discovery import row_statements as statements
from app.formats import budget, time_left
from app.locales import localized
from app.organizations.models import OrganizationStatus
from app.products.labels import MATURITY
from app.products.models import ProductStatus
from app.projects.labels import PROJECT_KIND, PROJECT_STATUS
from app.scenarios.labels import AWARD_KIND, SCENARIO_STATUS, STATUS_COLOUR
from app.scenarios.models import Confidentiality, ScenarioStatus
from search_index.engine import Piece

MARKED = Markup("<mark>%s</mark>")
SOON = timedelta(days=5)
# where the excerpt comes from: the first of these texts in which something was hit
EXCERPTS = ("need", "requirements", "parameters", "text", "technologies")


@dataclass(frozen=True)
class Tag:
    """A label in a colour of the style sheet."""

    text: str
    colour: str = ""

    @property
    def css(self) -> str:
        """The classes of the element."""
        return f"tag {self.colour}".rstrip()


@dataclass(frozen=True)
class Row:
    """One record as a list shows it: title and excerpt with what was hit marked, tags, facts, and what stands at its side."""

    kind: str
    id: uuid.UUID
    title: Markup
    excerpt: Markup
    tags: Sequence[Tag]
    facts: Sequence[str]
    aside: Sequence[Tag]
    moment: datetime | None

    @property
    def path(self) -> str:
        """The address of the record's page."""
        return f"/{self.kind}s/{self.id}"


@dataclass(frozen=True)
class Name:
    """A word of the plan in both languages."""

    name_zh: str
    name_en: str
    retired: bool


@dataclass(frozen=True)
class Found:
    """One record as it was found: what was hit in which of its texts, and how well it fits.

    `minimal`: by its public minimum, not in whole.
    """

    kind: str
    id: uuid.UUID
    highlights: Mapping[str, Sequence[Piece]] = field(default_factory=dict)
    minimal: bool = False
    score: float = 0.0


Vocabulary = Mapping[str, Mapping[str, Name]]


def vocabulary(session: Session) -> Vocabulary:
    """The names of domains, areas, tracks and technologies by code, each in its order: one statement."""
    words: dict[str, dict[str, Name]] = {name: {} for name in statements.TERMS}
    for row in session.execute(statements.VOCABULARY):
        words[row.kind][row.code] = Name(row.name_zh, row.name_en, row.retired)
    return words


def rows_of(session: Session, actor: Actor, found: Sequence[Found], words: Vocabulary, now: datetime) -> list[Row]:
    """The rows of what was found, in its order, without what this person does not see: one statement for each kind that occurs."""
    rows: dict[uuid.UUID, Row] = {}
    for kind, load in LOADERS.items():
        of_kind = {hit.id: hit for hit in found if hit.kind == kind}
        if of_kind:
            rows |= {row.id: row for row in load(session, Loading(actor, of_kind, words, now))}
    return [rows[hit.id] for hit in found if hit.id in rows]


@dataclass(frozen=True)
class Loading:
    """What a loader works with: who reads, what was found by id, the words, and the moment."""

    actor: Actor
    found: Mapping[uuid.UUID, Found]
    words: Vocabulary
    now: datetime

    def name(self, kind: str, code: str | None) -> str:
        """A word's name in the present language."""
        return localized(self.words[kind].get(code)) if code else ""

    def names(self, kind: str, codes: str | None) -> list[str]:
        """The names of words whose codes stand in a line with commas, in their order."""
        wanted = (codes or "").split(",")
        return [localized(name) for code, name in self.words[kind].items() if code in wanted]

    def marked(self, hit: Found, fields: Iterable[str], otherwise: str) -> Markup:
        """The first of the texts in which something was hit, marked; without a hit `otherwise`."""
        for name in fields:
            if pieces := hit.highlights.get(name):
                return Markup().join(MARKED % piece.text if piece.hit else escape(piece.text) for piece in pieces)
        return escape(otherwise)


def _firm(row: Any) -> str:
    return localized(row, "short") or localized(row)


def _scenarios(session: Session, loading: Loading) -> Iterable[Row]:
    for row in session.execute(statements.scenarios(loading.actor), {"ids": list(loading.found)}):
        hit = loading.found[row.id]
        if hit.minimal == bool(row.whole):
            hit = Found(hit.kind, hit.id)  # the index has found another face than the one shown: its highlights do not fit
        yield _whole_scenario(row, hit, loading) if row.whole else _minimal_scenario(row, hit, loading)


def _minimal_scenario(row: Any, hit: Found, loading: Loading) -> Row:
    title = loading.marked(hit, ("title",), row.public_title or row.title)
    excerpt = escape(_("Verified firms read the whole scenario."))
    tags = [*_state_and_domain(row, loading), Tag(_("For verified firms"))]
    return Row("scenario", row.id, title, excerpt, tags, (), _closing(row, loading.now), row.opened_at)


def _whole_scenario(row: Any, hit: Found, loading: Loading) -> Row:
    tags = _state_and_domain(row, loading)
    if row.award_kind:
        tags.append(Tag(str(AWARD_KIND[row.award_kind])))
    if row.sealed:
        tags.append(Tag(_("Sealed")))
    if row.round > 1:
        tags.append(Tag(_("Round %(number)s", number=row.round)))
    if row.confidentiality is not Confidentiality.PUBLIC:
        invited = row.confidentiality is Confidentiality.INVITED
        tags.append(Tag(_("Invited firms only") if invited else _("For verified firms")))
    facts = [_firm(row), loading.name("area", row.area_code), budget(row.budget_min, row.budget_max)]
    if row.answered:
        facts.append(ngettext("%(num)s question answered", "%(num)s questions answered", row.answered))
    title, excerpt = loading.marked(hit, ("title",), row.title), loading.marked(hit, EXCERPTS, row.need)
    return Row("scenario", row.id, title, excerpt, tags, facts, _closing(row, loading.now), row.opened_at)


def _state_and_domain(row: Any, loading: Loading) -> list[Tag]:
    is_open = row.status is ScenarioStatus.OPEN
    over = is_open and row.closes_at <= loading.now
    state = _("Closing time reached") if over else str(SCENARIO_STATUS[row.status])
    colour = STATUS_COLOUR.get(row.status, "") + (" dot" if is_open and not over else "")
    domain = loading.name("domain", row.domain_code)
    return [Tag(state, colour), *([Tag(domain, "teal")] if domain else [])]


def _closing(row: Any, now: datetime) -> list[Tag]:
    if row.status is not ScenarioStatus.OPEN:
        return []
    return [Tag(time_left(row.closes_at, now), "amber" if now < row.closes_at < now + SOON else "")]


def _products(session: Session, loading: Loading) -> Iterable[Row]:
    found = session.execute(statements.products(loading.actor), {"ids": list(loading.found)})
    for _product, rows in groupby(found, key=lambda row: row.id):
        yield _product_row(list(rows), loading)


def _product_row(rows: Sequence[Any], loading: Loading) -> Row:
    row = rows[0]
    hit = loading.found[row.id]
    tags = [Tag(loading.name("track", row.track_code), "teal"), Tag(str(MATURITY[row.maturity]))]
    if row.status is ProductStatus.RETIRED:
        tags.append(Tag(_("No longer offered"), "amber"))
    tags += [Tag(name) for name in loading.names("technology", row.technologies)]
    facts = [_firm(row), loading.name("area", row.area_code), *([row.model] if row.model else [])]
    aside = [Tag(" ".join(filter(None, (line.parameter, line.value, line.unit))), "plain") for line in rows if line.parameter]
    title, excerpt = loading.marked(hit, ("title",), row.name), loading.marked(hit, EXCERPTS, row.description)
    return Row("product", row.id, title, excerpt, tags, facts, aside, row.created_at)


def _organizations(session: Session, loading: Loading) -> Iterable[Row]:
    for row in session.execute(statements.organizations(loading.actor), {"ids": list(loading.found)}):
        shown = {
            Tag(_("Anchor firm"), "blue"): row.is_anchor,
            Tag(_("Chip firm"), "teal"): row.is_chip,
            Tag(_("Not verified"), "amber"): row.status is not OrganizationStatus.VERIFIED,
            Tag(_("Demo")): row.demo,
        }
        tags = [tag for tag, is_so in shown.items() if is_so]
        facts = [loading.name("area", row.area_code), *loading.names("track", row.tracks)]
        excerpt = loading.marked(loading.found[row.id], EXCERPTS, localized(row, "profile"))
        yield Row("organization", row.id, escape(localized(row)), excerpt, tags, facts, (), row.verified_at)


def _projects(session: Session, loading: Loading) -> Iterable[Row]:
    for row in session.execute(statements.projects(), {"ids": list(loading.found)}):
        tags = [Tag(str(PROJECT_STATUS[row.status]), f"{PROJECT_KIND[row.status]} dot")]
        tags += [Tag(loading.name("domain", row.domain_code), "teal"), Tag(loading.name("area", row.area_code))]
        facts = [row.number, *(localized(row, f"{side}_short") or localized(row, f"{side}_name") for side in ("anchor", "firm"))]
        aside = [Tag(_("Established on %(day)s", day=row.approved_on.isoformat()), "plain")]
        if row.accepted_on:
            aside.append(Tag(_("Accepted on %(day)s", day=row.accepted_on.isoformat()), "plain"))
        title = loading.marked(loading.found[row.id], ("title",), row.title)
        yield Row("project", row.id, title, Markup(), tags, facts, aside, row.established_at)


LOADERS: Mapping[str, Callable[[Session, Loading], Iterable[Row]]] = {
    "scenario": _scenarios,
    "product": _products,
    "organization": _organizations,
    "project": _projects,
}
