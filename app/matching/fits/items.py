"""Records as matching sees them, read in a few statements for any number of records.

Matched are scenarios that are open, in evaluation or unfilled, and what verified firms offer.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.clock import shanghai_day
from app.matching.fits.models import Dismissal, DismissalReason, MarketSide, RecordEmbedding
from app.organizations.models import Organization, OrganizationStatus
from app.products.models import Product, ProductStatus
from app.projects.models import Project, ProjectStatus
from app.scenarios.models import Scenario, ScenarioStatus
from app.taxonomy.models import Technology
from search_index.folding import normalize
from search_index.matching import Line, Offered, Wanted
from search_index.parameters import Parameter, Requirement, prepare, prepare_requirement
from search_index.similarity import TextModel
from search_index.similarity_space import Place, Space

MATCHED = (ScenarioStatus.OPEN, ScenarioStatus.EVALUATING, ScenarioStatus.UNFILLED)
CERTIFICATION = "认证"
DAYS_PER_MONTH = 30.44
CHUNK = 500

SCENARIOS = (
    select(Scenario).where(Scenario.status.in_(MATCHED)).options(selectinload(Scenario.tracks), selectinload(Scenario.requirements))
)
PRODUCTS = (
    select(Product)
    .join(Product.organization)
    .where(Product.status == ProductStatus.ACTIVE, Organization.status == OrganizationStatus.VERIFIED)
    .options(contains_eager(Product.organization), selectinload(Product.parameters), selectinload(Product.technologies))
)

Item = TypeVar("Item", Wanted, Offered)


@dataclass(frozen=True)
class Text:
    """What of a record is compared as text, and embedded. `digest` changes with it."""

    title: str
    body: str

    @property
    def digest(self) -> str:
        """32 hexadecimal digits."""
        return blake2b(f"{self.title}\0{self.body}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Taken(Generic[Item]):
    """A record as it was read: what is matched, its text, and a digest (63 bits) over everything that its scores depend on."""

    item: Item
    text: Text
    digest: int


@dataclass(frozen=True)
class Standing:
    """What a firm's products have of it: projects accepted, terminated and active, fields worked in, and what it said no to."""

    accepted: int = 0
    terminated: int = 0
    active: int = 0
    domains: frozenset[str] = frozenset()


class Reader:
    """Reads records under the constants of one generation."""

    def __init__(self, session: Session, model: TextModel, encoder: str) -> None:
        self._session, self._model, self._encoder = session, model, encoder

    def scenarios(self, ids: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Taken[Wanted]]:
        """Those of the scenarios (of all, if left out) that are matched."""
        found = _read(self._session, SCENARIOS, Scenario.id, ids)
        embeddings = self._embeddings([each.id for each in found])
        names = self._technologies()
        return {each.id: self._wanted(each, names, embeddings) for each in found}

    def products(self, ids: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Taken[Offered]]:
        """Those of the products (of all, if left out) that are offered by verified firms."""
        found = _read(self._session, PRODUCTS, Product.id, ids)
        embeddings = self._embeddings([each.id for each in found])
        standings = standings_of(self._session, {each.organization_id for each in found})
        return {each.id: self._offered(each, standings.get(each.organization_id, Standing()), embeddings) for each in found}

    def _embeddings(self, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, RecordEmbedding]:
        if self._model.space is None:
            return {}
        statement = select(RecordEmbedding).where(RecordEmbedding.encoder == self._encoder)
        return {each.record_id: each for each in _read(self._session, statement, RecordEmbedding.record_id, ids)}

    def _technologies(self) -> dict[str, tuple[str, ...]]:
        rows = self._session.scalars(select(Technology).where(Technology.retired.is_(False)))
        return {row.code: tuple(normalize(name) for name in (row.name_zh, row.name_en) if name) for row in rows}

    def _wanted(
        self, scenario: Scenario, names: Mapping[str, tuple[str, ...]], embeddings: Mapping[uuid.UUID, RecordEmbedding]
    ) -> Taken[Wanted]:
        text = text_of_scenario(scenario)
        whole = normalize(f"{text.title} {text.body}")
        wanted = Wanted(
            id=str(scenario.id),
            firm=str(scenario.organization_id),
            terms=self._model.asked(text.title, text.body),
            place=_place(self._model.space, embeddings.get(scenario.id), text, MarketSide.SCENARIO),
            domain=scenario.domain_code or "",
            tracks=frozenset(track.code for track in scenario.tracks),
            technologies=frozenset(code for code, spelt in names.items() if any(name in whole for name in spelt)),
            area=scenario.area_code or "",
            months=_months(scenario),
            lines=tuple(
                Line(
                    str(line.id),
                    prepare_requirement(Requirement(line.name, line.operator.value, line.value, line.unit)),
                    line.must,
                    line.weight,
                )
                for line in scenario.requirements
            ),
        )
        lines = [[str(row.id), row.name, row.operator, row.value, row.unit, row.must, row.weight] for row in scenario.requirements]
        return Taken(wanted, text, _digest(wanted, text, lines))

    def _offered(self, product: Product, standing: Standing, embeddings: Mapping[uuid.UUID, RecordEmbedding]) -> Taken[Offered]:
        text = text_of_product(product)
        rows = [Parameter(row.name, row.value, row.unit) for row in product.parameters]
        rows += [Parameter(CERTIFICATION, certificate) for certificate in product.certifications]
        offered = Offered(
            id=str(product.id),
            firm=str(product.organization_id),
            terms=self._model.offered(text.title, text.body),
            place=_place(self._model.space, embeddings.get(product.id), text, MarketSide.PRODUCT),
            track=product.track_code,
            technologies=frozenset(technology.code for technology in product.technologies),
            domains=standing.domains,
            area=product.organization.area_code,
            maturity=product.maturity.value,
            accepted=standing.accepted,
            terminated=standing.terminated,
            active=standing.active,
            parameters=prepare(rows),
        )
        return Taken(offered, text, _digest(offered, text, [[row.name, row.value, row.unit] for row in rows]))


def text_of_scenario(scenario: Scenario) -> Text:
    """Title; need, background and the names of the requirement lines."""
    lines = "，".join(f"{line.name} {line.value}{line.unit}" for line in scenario.requirements)
    return Text(scenario.title, "\n".join(part for part in (scenario.need, scenario.background, lines) if part))


def text_of_product(product: Product) -> Text:
    """Name and model; description, data sheet and certifications."""
    rows = "，".join(f"{row.name} {row.value}{row.unit}" for row in product.parameters)
    body = (product.description, rows, "，".join(product.certifications))
    return Text(f"{product.name} {product.model}".strip(), "\n".join(part for part in body if part))


def texts_of(session: Session, side: MarketSide, ids: Collection[uuid.UUID] | None) -> dict[uuid.UUID, Text]:
    """The texts of those of the records (of all, if None) that are matched."""
    if side is MarketSide.SCENARIO:
        return {each.id: text_of_scenario(each) for each in _read(session, SCENARIOS, Scenario.id, ids)}
    return {each.id: text_of_product(each) for each in _read(session, PRODUCTS, Product.id, ids)}


def standings_of(session: Session, firms: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """What firms have done and refused. Terminated projects show no experience of their field.

    A firm that called a field not its own is not taken for experienced in it; one without capacity for a scenario counts as busy
    with it. Other reasons hide the pair, and teach nothing of other pairs.
    """
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    worked: dict[uuid.UUID, set[str]] = defaultdict(set)
    statement = select(Project.firm_id, Project.status, Project.domain_code)
    for part in chunks(sorted(firms)):
        for firm, status, domain in session.execute(statement.where(Project.firm_id.in_(part))):
            kind = {ProjectStatus.ACCEPTED: "accepted", ProjectStatus.TERMINATED: "terminated"}.get(status, "active")
            counts[firm][kind] += 1
            if status is not ProjectStatus.TERMINATED:
                worked[firm].add(domain)
        refused = (
            select(Dismissal.organization_id, Dismissal.reason, Scenario.domain_code)
            .join(Dismissal.scenario)
            .where(Dismissal.organization_id.in_(part), Scenario.organization_id != Dismissal.organization_id)
        )
        for firm, reason, field in session.execute(refused):
            if reason is DismissalReason.FIELD and field is not None:
                worked[firm].discard(field)
            elif reason is DismissalReason.CAPACITY:
                counts[firm]["active"] += 1
    return {firm: Standing(**counts[firm], domains=frozenset(worked[firm])) for firm in {*counts, *worked}}


def chunks(ids: Iterable[uuid.UUID]) -> Iterable[list[uuid.UUID]]:
    """Ids in lists of at most 500: SQLite takes only so many values in a statement."""
    every = list(ids)
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))


def _read(session: Session, statement: Select[Any], column: Any, ids: Collection[uuid.UUID] | None) -> list[Any]:
    """The records with these ids (all, if left out), in the order of their ids."""
    if ids is None:
        return list(session.scalars(statement.order_by(column)))
    return [each for part in chunks(sorted(ids)) for each in session.scalars(statement.where(column.in_(part)).order_by(column))]


def _place(space: Space | None, embedding: RecordEmbedding | None, text: Text, side: MarketSide) -> Place | None:
    """Where the text lies; None without a space, or while its embedding is missing or of an earlier text."""
    if space is None or embedding is None or embedding.text_digest != text.digest:
        return None
    rows = np.frombuffer(embedding.rows, np.float16).reshape(-1, embedding.width)
    return space.place(rows, "query" if side is MarketSide.SCENARIO else "passage")


def _months(scenario: Scenario) -> float | None:
    """Months from the opening to delivery: what a product has for growing up. Frozen, so that no score changes overnight."""
    if scenario.delivery_by is None or scenario.opened_at is None:
        return None
    opened: date = shanghai_day(scenario.opened_at)
    return max(0, (scenario.delivery_by - opened).days) / DAYS_PER_MONTH


def _digest(item: Wanted | Offered, text: Text, rows: list[list[Any]]) -> int:
    values = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in vars(item).items()
        if name not in {"terms", "place", "lines", "parameters"}
    }
    place = "" if item.place is None else item.place.tobytes().hex()
    content = json.dumps([values, text.digest, rows, place], sort_keys=True, ensure_ascii=False)
    return int.from_bytes(blake2b(content.encode(), digest_size=8).digest()) >> 1
