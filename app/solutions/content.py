"""What a firm submits, as one canonical text, and the hash that its receipt shows."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from app.attachments.models import Attachment
from app.audit.chain import canonical
from app.scenarios.models import RequirementLine
from app.solutions.models import ComplianceLine, Solution, SolutionVersion


def content_of(
    solution: Solution,
    version: SolutionVersion,
    requirements: Iterable[RequirementLine],
    answers: Mapping[uuid.UUID, ComplianceLine],
    attachments: Iterable[Attachment],
    *,
    submitted_at: datetime,
) -> str:
    """The version as JSON (sorted keys, no white space): what was said, the lines that it answers, the files' hashes."""
    return canonical(
        {
            "solution": solution.id,
            "scenario": solution.scenario_id,
            "organization": solution.organization_id,
            "version": version.number,
            "submitted_at": submitted_at,
            "summary": version.summary,
            "approach": version.approach,
            "price": f"{version.price:.2f}" if version.price is not None else None,
            "schedule": version.schedule,
            "team": version.team,
            "local_new_product": version.local_new,
            "products": [{"id": p.id, "model": p.model, "name": p.name} for p in version.products],
            "compliance": [_line(requirement, answers.get(requirement.id)) for requirement in requirements],
            "attachments": sorted(
                ({"name": a.name, "size": a.size, "sha256": a.sha256} for a in attachments), key=lambda file: str(file["sha256"])
            ),
        }
    )


def _line(requirement: RequirementLine, answer: ComplianceLine | None) -> dict[str, object]:
    return {
        "requirement": requirement.id,
        "name": requirement.name,
        "operator": requirement.operator,
        "required": requirement.value,
        "unit": requirement.unit,
        "must": requirement.must,
        "status": answer.status if answer else None,
        "value": answer.value if answer else "",
        "evidence": answer.evidence if answer else "",
        "derived": {
            "verdict": answer.derived_verdict if answer else None,
            "value": answer.derived_value if answer else "",
            "evidence": answer.derived_evidence if answer else "",
        },
    }


def digest(content: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal: what `sha256sum` says of the downloaded file."""
    return hashlib.sha256(content.encode()).hexdigest()
