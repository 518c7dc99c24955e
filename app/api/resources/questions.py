"""Questions about open scenarios, and their answers."""

import uuid
from typing import Any

from app.api.frame import Listing, Resource, page_of_rows
from app.api.resources.scenarios import whole
from app.api.schemas.scenarios import QuestionBody, QuestionSchema
from app.scenarios import operations, queries
from app.scenarios.models import Question
from app.web import current_actor, database, new_id, now, record_or_404

resource = Resource("questions", "Questions about open scenarios")


@resource.lists("/scenarios/<uuid:scenario_id>/questions", QuestionSchema)
def list_questions(query: dict[str, Any], scenario_id: uuid.UUID) -> Listing:
    """Questions, the oldest first; those without an answer only for the firm asked and the firm that asks."""
    return page_of_rows(queries.questions_of(database(), current_actor(), whole(scenario_id)), query)


@resource.creates("/scenarios/<uuid:scenario_id>/questions", QuestionSchema, takes=QuestionBody)
def ask(body: dict[str, Any], scenario_id: uuid.UUID) -> Question:
    """Ask something for the firm that the token acts for; its name is never shown."""
    scenario = whole(scenario_id)
    return operations.ask(database(), new_id(), scenario, text=body["text"], actor=current_actor(), now=now())


@resource.acts("/questions/<uuid:question_id>/answer", QuestionSchema, takes=QuestionBody)
def answer(body: dict[str, Any], question_id: uuid.UUID) -> Question:
    """Answer a question, once: both are public from then on."""
    question = record_or_404(database().get(Question, question_id))
    return operations.answer(database(), question, text=body["text"], actor=current_actor(), now=now())
