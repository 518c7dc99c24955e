"""Questions of verified firms about an open scenario, and the anchor firm's answers."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.errors import WrongState, collecting, require_allowed, require_visible
from app.outbox import operations as outbox
from app.scenarios import policy, queries
from app.scenarios.models import Question, Scenario
from app.scenarios.operations.guards import lock_for_firm, require_open

TEXT_LENGTH = 2000


def _check_text(text: str) -> None:
    with collecting() as problems:
        if not text.strip():
            problems.add("text", _l("A text is needed."))
        problems.limit("text", text, TEXT_LENGTH)


def ask(session: Session, question_id: uuid.UUID, scenario: Scenario, *, text: str, actor: Actor, now: datetime) -> Question:
    """Ask something about an open scenario, for the verified firm that the person acts for. Its name is never shown.

    Where the id is that of one's own question: that one. Raises WrongState once questions have ended.
    """
    scenario = queries.lock_scenario(session, scenario.id)
    require_visible(policy.can_see(session, actor, scenario))
    require_allowed(policy.can_ask(session, actor, scenario))
    present = session.get(Question, question_id)
    if present is not None:
        require_visible(present.asked_by == actor.user_id and present.scenario_id == scenario.id)
        return present
    if not scenario.accepts_questions(now):
        raise WrongState(_l("Questions have ended."))
    _check_text(text)
    question = Question(
        id=question_id,
        scenario_id=scenario.id,
        organization_id=actor.organization_id,
        asked_by=actor.user_id,
        asked_at=now,
        text=text,
    )
    session.add(question)
    session.flush()
    audit.record(session, "scenario.question_asked", question, actor=actor, now=now, after={"text": text})
    outbox.emit(session, "scenario.question_asked", str(question.id), now=now, scenario_id=scenario.id, question_id=question.id)
    return question


def answer(session: Session, question: Question, *, text: str, actor: Actor, now: datetime) -> Question:
    """Answer a question, once; question and answer are public from then on. Possible until the scenario closes."""
    scenario = lock_for_firm(session, question.scenario_id, actor)
    question = queries.lock_question(session, question.id)
    require_open(scenario, now)
    if question.answered_at is not None:
        raise WrongState
    _check_text(text)
    question.answer, question.answered_by, question.answered_at = text, actor.user_id, now
    audit.record(session, "scenario.question_answered", question, actor=actor, now=now, after={"answer": text})
    outbox.emit(session, "scenario.question_answered", str(question.id), now=now, scenario_id=scenario.id, question_id=question.id)
    return question
