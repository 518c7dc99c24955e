"""How a record becomes documents of the search index.

A scenario for verified firms is indexed twice: in whole for those who read it, by its public minimum for everybody else. All other
records are indexed by what their pages show everybody. `keys.py` says who finds what.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.actor import Role
from app.clock import shanghai_day
from app.discovery.keys import ADMINISTRATOR, AUDITOR, member_of, scenario_readers
from app.formats import YUAN_PER_WAN
from app.organizations.models import Organization
from app.products import queries as products
from app.products.models import Product, ProductStatus
from app.projects import queries as projects
from app.projects.models import Project
from app.scenarios import queries as scenarios
from app.scenarios.models import Confidentiality, Invitation, Scenario, ScenarioStatus
from app.scenarios.policy import UNOPENED
from app.taxonomy.models import Term
from search_index.engine import EVERYBODY, Document

MINIMUM = ":minimum"
# upper ends of the budget bands, in 万元; above the last one stands what is larger
BUDGET_BANDS = (50, 200, 500)
NEGOTIABLE = "negotiable"
# beyond every closing time: what has closed sorts after what is open, the latest first
AFTER_ALL_CLOSING = 1e11
BATCH = 200


def ids_of(record_id: uuid.UUID | str) -> tuple[str, str]:
    """The ids under which a record's faces stand in the index, whether both exist or not."""
    return str(record_id), f"{record_id}{MINIMUM}"


def documents_of(session: Session, kind: str, ids: Sequence[uuid.UUID]) -> list[Document]:
    """The documents of those of the records that exist, as they are now; their `version` is a digest of all that they hold."""
    return [replace(document, version=_digest(document)) for document in SOURCES[kind].documents(session, ids)]


def stream(session: Session) -> Iterator[Document]:
    """All documents, read batch by batch, each batch in a transaction of its own: writers never wait for a whole rebuild."""
    for kind, source in SOURCES.items():
        last: uuid.UUID | None = None
        while True:
            statement = select(source.model.id).order_by(source.model.id).limit(BATCH)
            ids = session.scalars(statement if last is None else statement.where(source.model.id > last)).all()
            documents = documents_of(session, kind, ids)
            session.rollback()
            if not ids:
                break
            yield from documents
            last = ids[-1]


def _digest(document: Document) -> int:
    """63 bits over all that a document holds: equal exactly when nothing has changed, in the record or in what it refers to."""
    content = [
        document.kind, document.texts, document.codes, document.numbers, sorted(document.readers), sorted(document.hidden_from),
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1


def _names(*records: Any) -> list[str]:
    """The names of words and firms in both languages, each once."""
    attributes = ("name_zh", "name_en", "short_zh", "short_en")
    names = (getattr(record, name, "") for record in records if record is not None for name in attributes)
    return list(dict.fromkeys(name for name in names if name))


def _codes(terms: Sequence[Term]) -> list[str]:
    return [term.code for term in terms]


def _moments(**moments: datetime | None) -> dict[str, float]:
    return {name: moment.timestamp() for name, moment in moments.items() if moment is not None}


def budget_band(low: Decimal | None, high: Decimal | None) -> str:
    """The code of the band in which a budget's upper end lies, or its lower end where it is open; amounts in yuan."""
    amount = high if high is not None else low
    if amount is None:
        return NEGOTIABLE
    lower = 0
    for upper in BUDGET_BANDS:
        if amount <= upper * YUAN_PER_WAN:
            return f"{lower}-{upper}"
        lower = upper
    return f"{lower}-"


def _scenarios(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Document]:
    invitations: dict[uuid.UUID, list[Invitation]] = defaultdict(list)
    for invitation in session.scalars(select(Invitation).where(Invitation.scenario_id.in_(ids))):
        invitations[invitation.scenario_id].append(invitation)
    statement = select(Scenario).where(Scenario.id.in_(ids)).options(*scenarios.HEAD, *scenarios.CONTENT)
    for scenario in session.scalars(statement.execution_options(populate_existing=True)):
        readers = scenario_readers(scenario, invitations[scenario.id])
        yield _whole_scenario(scenario, readers)
        if scenario.status not in UNOPENED and scenario.confidentiality is Confidentiality.VERIFIED:
            yield _minimal_scenario(scenario, hidden_from=readers)


def _minimal_scenario(scenario: Scenario, *, hidden_from: frozenset[str]) -> Document:
    """Public title, domain, state and dates: what visitors see of a scenario for verified firms."""
    whole, minimum = ids_of(scenario.id)
    codes = {
        "status": [scenario.status.value],
        "domain": [scenario.domain_code] if scenario.domain_code else [],
    }
    numbers = _moments(fresh=scenario.opened_at, closes_at=scenario.closes_at)
    if scenario.closes_at is not None:
        is_open = scenario.status is ScenarioStatus.OPEN
        numbers["closing"] = numbers["closes_at"] if is_open else AFTER_ALL_CLOSING - numbers["closes_at"]
        codes["closes_on"] = [shanghai_day(scenario.closes_at).isoformat()] if is_open else []
    texts = {"title": scenario.shown_title, "number": scenario.number or "", "technologies": _names(scenario.domain)}
    return Document(minimum, whole, "scenario", 0, texts, codes, numbers, frozenset({EVERYBODY}), hidden_from)


def _whole_scenario(scenario: Scenario, readers: frozenset[str]) -> Document:
    minimum = _minimal_scenario(scenario, hidden_from=frozenset())
    texts: dict[str, str | Sequence[str]] = {
        **minimum.texts,
        "title": scenario.title,
        "need": scenario.need,
        "text": [text for text in (scenario.background, scenario.benefit, scenario.public_title) if text],
        "requirements": [
            " ".join(filter(None, (line.name, line.operator.value, line.value, line.unit, line.test_method)))
            for line in scenario.requirements
        ],
        "technologies": _names(scenario.domain, scenario.area, *scenario.tracks),
        "firm": _names(scenario.organization),
    }
    codes: dict[str, Sequence[str]] = {
        **minimum.codes,
        "area": [scenario.area_code] if scenario.area_code else [],
        "track": _codes(scenario.tracks),
        "award": [scenario.award_kind.value] if scenario.award_kind else [],
        "budget": [budget_band(scenario.budget_min, scenario.budget_max)],
        "organization": [str(scenario.organization_id)],
    }
    numbers = dict(minimum.numbers)
    amount = scenario.budget_max if scenario.budget_max is not None else scenario.budget_min
    if amount is not None:
        numbers["budget"] = float(amount)
    return Document(minimum.record, minimum.record, "scenario", 0, texts, codes, numbers, readers)


def _products(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Document]:
    statement = select(Product).where(Product.id.in_(ids)).options(*products.HEAD, selectinload(Product.parameters))
    for product in session.scalars(statement.execution_options(populate_existing=True)):
        firm = product.organization
        public = product.status is ProductStatus.ACTIVE and firm.is_verified
        yield Document(
            str(product.id),
            str(product.id),
            "product",
            0,
            texts={
                "title": product.name,
                "number": product.model,
                "need": product.description,
                "parameters": [" ".join(filter(None, (row.name, row.value, row.unit))) for row in product.parameters],
                "technologies": [*_names(*product.technologies, product.track, firm.area), *product.certifications],
                "firm": _names(firm),
            },
            codes={
                "status": [product.status.value],
                "track": [product.track_code],
                "technology": _codes(product.technologies),
                "maturity": [product.maturity.value],
                "certification": product.certifications,
                "area": [firm.area_code],
                "organization": [str(firm.id)],
            },
            numbers=_moments(fresh=product.created_at),
            readers=frozenset({EVERYBODY} if public else {member_of(firm.id), ADMINISTRATOR, AUDITOR}),
        )


def _organizations(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Document]:
    statement = select(Organization).where(Organization.id.in_(ids))
    statement = statement.options(joinedload(Organization.area), selectinload(Organization.tracks))
    staff = {ADMINISTRATOR, AUDITOR, Role.OPERATOR.value, Role.ADMIN.value}
    for firm in session.scalars(statement.execution_options(populate_existing=True)):
        roles = {"anchor": firm.is_anchor, "chip": firm.is_chip}
        yield Document(
            str(firm.id),
            str(firm.id),
            "organization",
            0,
            texts={
                "title": _names(firm),
                "need": [text for text in (firm.profile_zh, firm.profile_en) if text],
                "technologies": [*_names(*firm.tracks, firm.area), *firm.cultivation],
            },
            codes={
                "status": [firm.status.value],
                "role": [role for role, held in roles.items() if held],
                "track": _codes(firm.tracks),
                "area": [firm.area_code],
                "organization": [str(firm.id)],
            },
            numbers=_moments(fresh=firm.verified_at),
            readers=frozenset({EVERYBODY} if firm.is_verified else {member_of(firm.id), *staff}),
        )


def _projects(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Document]:
    statement = select(Project).where(Project.id.in_(ids)).options(*projects.HEAD)
    for project in session.scalars(statement.execution_options(populate_existing=True)):
        yield Document(
            str(project.id),
            str(project.id),
            "project",
            0,
            texts={
                "title": project.title,
                "number": project.number,
                "technologies": _names(project.domain, project.area),
                "firm": _names(project.anchor, project.firm),
            },
            codes={
                "status": [project.status.value],
                "domain": [project.domain_code],
                "area": [project.area_code],
                "organization": [str(project.anchor_id), str(project.firm_id)],
            },
            numbers=_moments(fresh=project.established_at),
        )


@dataclass(frozen=True)
class Source:
    """Where the documents of a kind come from."""

    model: Any
    documents: Callable[[Session, Sequence[uuid.UUID]], Iterator[Document]]


SOURCES: Mapping[str, Source] = {
    "scenario": Source(Scenario, _scenarios),
    "product": Source(Product, _products),
    "organization": Source(Organization, _organizations),
    "project": Source(Project, _projects),
}
