"""The states of a project and of its milestones: what leads from where to where."""

from app.projects.models import MilestoneStatus, ProjectStatus
from app.states import Machine, Transition

S = ProjectStatus

PROJECT = Machine(
    "project",
    S.ACTIVE,
    (
        Transition("request_acceptance", (S.ACTIVE,), S.ACCEPTANCE_REQUESTED, "chip firm"),
        Transition("accept", (S.ACCEPTANCE_REQUESTED,), S.ACCEPTED, "approver", "of neither firm"),
        Transition("return", (S.ACCEPTANCE_REQUESTED,), S.ACTIVE, "approver", "reason; of neither firm"),
        Transition("revoke", (S.ACCEPTED,), S.ACTIVE, "approver", "reason; of neither firm; programme running"),
        Transition("terminate", (S.ACTIVE, S.ACCEPTANCE_REQUESTED), S.TERMINATED, "anchor firm or approver", "reason"),
    ),
)

M = MilestoneStatus

MILESTONE = Machine(
    "milestone",
    M.PLANNED,
    (
        Transition("submit", (M.PLANNED, M.RETURNED), M.SUBMITTED, "chip firm", "evidence; project active"),
        Transition("accept", (M.SUBMITTED,), M.ACCEPTED, "anchor firm", "project under way"),
        Transition("return", (M.SUBMITTED,), M.RETURNED, "anchor firm", "reason; project under way"),
    ),
)

ENDED = (S.ACCEPTED, S.TERMINATED)
ESTABLISHED = (S.ACTIVE, S.ACCEPTANCE_REQUESTED, S.ACCEPTED)
UNDER_WAY = (S.ACTIVE, S.ACCEPTANCE_REQUESTED)
