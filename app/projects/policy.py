"""Who may see what of a project, and who may do what with it. States are `transitions.py`'s question.

Everybody sees the public minimum of a project (title, firms, domain, area, quarter, state); its contract, milestones and
evidence are for the two firms, administrators and auditors.
"""

from app.actor import Actor, Role
from app.projects.models import Milestone, MilestoneStatus, Project, ProjectStatus
from app.projects.transitions import MILESTONE, PROJECT, UNDER_WAY


def is_party(actor: Actor, project: Project) -> bool:
    """Whether this person belongs to one of the two firms."""
    return actor.belongs_to(project.anchor_id) or actor.belongs_to(project.firm_id)


def can_read(actor: Actor, project: Project) -> bool:
    """Whether this person sees more than the public minimum."""
    return actor.is_system or is_party(actor, project) or actor.is_administrator or actor.has(Role.AUDITOR)


def can_plan(actor: Actor, project: Project) -> bool:
    """Members of either (verified) firm keep the contract's data and plan the milestones."""
    return actor.acts_for(project.anchor_id) or actor.acts_for(project.firm_id)


def can_report(actor: Actor, project: Project) -> bool:
    """The chip firm submits milestones and asks for acceptance."""
    return actor.acts_for(project.firm_id)


def can_judge_milestones(actor: Actor, project: Project) -> bool:
    """The anchor firm accepts and returns milestones; one who also belongs to the chip firm does not."""
    return actor.acts_for(project.anchor_id) and not actor.belongs_to(project.firm_id)


def can_decide(actor: Actor, project: Project) -> bool:
    """An approver of neither firm accepts, returns and revokes."""
    return actor.has(Role.APPROVER) and not is_party(actor, project)


def can_terminate(actor: Actor, project: Project) -> bool:
    """The anchor firm, whose project it is, or an approver of neither firm."""
    return actor.acts_for(project.anchor_id) or can_decide(actor, project)


def actions(actor: Actor, project: Project) -> set[str]:
    """What this person can do with the project in its present state: what a page offers."""
    may = {
        "request_acceptance": can_report(actor, project),
        "accept": can_decide(actor, project),
        "return": can_decide(actor, project),
        "revoke": can_decide(actor, project),
        "terminate": can_terminate(actor, project),
    }
    possible = {action for action, allowed in may.items() if allowed and PROJECT.allows(project.status, action)}
    if can_plan(actor, project) and project.status in UNDER_WAY:
        possible.add("contract")
        if project.status is ProjectStatus.ACTIVE:
            possible.add("plan")
    return possible


def milestone_actions(actor: Actor, project: Project, milestone: Milestone) -> set[str]:
    """What this person can do with a milestone in its present state."""
    active, under_way = project.status is ProjectStatus.ACTIVE, project.status in UNDER_WAY
    may = {
        "submit": active and can_report(actor, project),
        "accept": under_way and can_judge_milestones(actor, project),
        "return": under_way and can_judge_milestones(actor, project),
    }
    possible = {action for action, allowed in may.items() if allowed and MILESTONE.allows(milestone.status, action)}
    if active and can_plan(actor, project) and milestone.status is MilestoneStatus.PLANNED:
        possible.add("edit")
    return possible
