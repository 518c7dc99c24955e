"""Who may see and do what: every actor, confidentiality and state, generated, and held against the rules as they are written."""

import itertools

import pytest
from sqlalchemy import select

from app.actor import SYSTEM, VISITOR
from app.errors import Forbidden, KaijingError, NotFound
from app.scenarios import operations, policy
from app.scenarios.models import Confidentiality, Scenario, ScenarioStatus
from app.scenarios.policy import Sight
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of

S, C = ScenarioStatus, Confidentiality
NOT_OPENED = {S.DRAFT, S.IN_REVIEW}
ACTORS = (
    "visitor", "system", "owner", "unverified owner", "chip", "unverified chip", "invited chip", "person", "evaluator",
    "unconfirmed evaluator", "declined evaluator", "reviewer", "approver", "operator", "auditor", "admin", "reviewer of the firm",
)  # fmt: skip


class World:
    """One scenario of each confidentiality, and everybody who might look at it."""

    def __init__(self, session, now):
        self.firm = OrganizationFactory(anchor=True)
        owner_user = member_of(self.firm)
        self.invited_firm = OrganizationFactory()
        evaluator, late, declined = UserFactory(), UserFactory(email_confirmed_at=None), UserFactory()
        roles = ("reviewer", "approver", "operator", "auditor", "admin")
        self.actors = {
            "visitor": VISITOR,
            "system": SYSTEM,
            "owner": actor_of(owner_user),
            "chip": firm_actor(),
            "unverified chip": firm_actor(unverified=True),
            "invited chip": actor_of(member_of(self.invited_firm)),
            "person": actor_of(UserFactory()),
            "evaluator": actor_of(evaluator),
            "unconfirmed evaluator": actor_of(late),
            "declined evaluator": actor_of(declined),
            **{role: actor_of(UserFactory(**{f"is_{role}": True})) for role in roles},
            "reviewer of the firm": actor_of(member_of(self.firm, user=UserFactory(is_reviewer=True))),
        }
        self.scenarios = {c: make.open_scenario(self.actors["owner"], self.actors["reviewer"], now, confidentiality=c) for c in C}
        for scenario in self.scenarios.values():
            owner = self.actors["owner"]
            operations.invite_firm(session, scenario, self.invited_firm, actor=owner, now=now)
            for user in (evaluator, late, declined):
                invitation = operations.invite_evaluator(session, scenario, email=user.email, actor=owner, now=now)
                if user is declined:
                    operations.decline_invitation(session, invitation, actor=self.actors["declined evaluator"], now=now)
        self.firm.status, self.firm.verified_at = type(self.firm.status)("pending"), None
        self.actors["unverified owner"] = actor_of(owner_user)
        self.firm.status, self.firm.verified_at = type(self.firm.status)("verified"), now
        session.commit()


def expected(actor: str, confidentiality: C, status: S) -> Sight:
    """The rules, as the guide words them."""
    if actor in {"system", "owner", "unverified owner", "reviewer of the firm", "auditor"}:
        return Sight.ALL
    if status is S.DRAFT:
        return Sight.NOTHING
    if actor in {"reviewer", "approver"}:
        return Sight.ALL
    if status is S.IN_REVIEW:
        return Sight.NOTHING
    if confidentiality is C.PUBLIC or actor in {"invited chip", "evaluator"}:
        return Sight.ALL
    if confidentiality is C.INVITED:
        return Sight.NOTHING
    return Sight.ALL if actor == "chip" else Sight.MINIMUM


def test_sight_follows_the_rules_for_one_record_and_in_lists(session, now):
    world = World(session, now)
    for confidentiality, status in itertools.product(C, S):
        scenario = world.scenarios[confidentiality]
        scenario.status = status  # every state at once: how each is reached is another test
        if status is S.CANCELLED:
            scenario.cancel_reason = "x"
        session.flush()
        for name in ACTORS:
            actor = world.actors[name]
            case = (name, confidentiality, status)
            seen = policy.sight_of(session, actor, scenario)
            assert seen is expected(*case), case
            whole = session.scalar(select(Scenario.id).where(Scenario.id == scenario.id, policy.readable_by(actor)))
            part = session.scalar(select(Scenario.id).where(Scenario.id == scenario.id, policy.visible_to(actor)))
            assert (whole is not None) is (seen is Sight.ALL), case
            assert (part is not None) is (seen is not Sight.NOTHING), case
    session.rollback()


FIRM = {"owner", "reviewer of the firm"}
MAY = {
    "save_draft": FIRM, "submit": FIRM, "take_back": FIRM, "cancel": FIRM, "clarify": FIRM, "close_early": FIRM, "new_round": FIRM,
    "approve": {"reviewer"}, "return_to_draft": {"reviewer"},
    "ask": {"chip", "invited chip"}, "invite_evaluator": FIRM | {"reviewer"},
}  # fmt: skip


def act(session, action, scenario, actor, now):
    calls = {
        "save_draft": lambda f: f(session, scenario, {}, actor=actor, now=now),
        "clarify": lambda f: f(session, scenario, texts={"need": "x"}, reason="r", actor=actor, now=now),
        "ask": lambda f: f(session, scenario.id, scenario, text="?", actor=actor, now=now),
        "invite_evaluator": lambda f: f(session, scenario, email="new@example.com", actor=actor, now=now),
        **{
            a: lambda f: f(session, scenario, reason="r", actor=actor, now=now)
            for a in ("cancel", "close_early", "return_to_draft")
        },
    }
    plain = lambda f: f(session, scenario, actor=actor, now=now)  # noqa: E731
    calls.get(action, plain)(getattr(operations, action))


@pytest.mark.parametrize("status", [S.DRAFT, S.IN_REVIEW, S.OPEN, S.EVALUATING, S.CANCELLED])
@pytest.mark.any_database
def test_an_action_answers_404_before_403_before_409(session, now, status):
    world = World(session, now)
    for confidentiality, action, name in itertools.product(C, MAY, ACTORS):
        scenario, actor = world.scenarios[confidentiality], world.actors[name]
        scenario.status = status
        scenario.cancel_reason = "x" if status is S.CANCELLED else ""
        session.flush()
        try:
            act(session, action, scenario, actor, now)
            outcome = "allowed"
        except (NotFound, Forbidden) as refusal:
            outcome = type(refusal).__name__
        except KaijingError:
            outcome = "allowed"  # the person may: the state or the form says no
        session.rollback()
        case = (action, name, confidentiality, status)
        sees = expected(name, confidentiality, status)
        wanted = "NotFound" if sees is Sight.NOTHING else "allowed" if name in MAY[action] else "Forbidden"
        assert outcome == wanted, case
