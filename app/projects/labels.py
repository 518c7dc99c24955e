"""How states of projects and milestones are said."""

from flask_babel import lazy_gettext as _l

from app.errors import Text
from app.projects.models import CountsFrom, MilestoneStatus, ProjectStatus

PROJECT_STATUS: dict[ProjectStatus, Text] = {
    ProjectStatus.ACTIVE: _l("In progress"),
    ProjectStatus.ACCEPTANCE_REQUESTED: _l("Waiting for acceptance"),
    ProjectStatus.ACCEPTED: _l("Accepted"),
    ProjectStatus.TERMINATED: _l("Terminated"),
}
# kind of the tag that shows a state
PROJECT_KIND: dict[ProjectStatus, str] = {
    ProjectStatus.ACTIVE: "blue",
    ProjectStatus.ACCEPTANCE_REQUESTED: "amber",
    ProjectStatus.ACCEPTED: "green",
    ProjectStatus.TERMINATED: "red",
}
MILESTONE_STATUS: dict[MilestoneStatus, Text] = {
    MilestoneStatus.PLANNED: _l("Planned"),
    MilestoneStatus.SUBMITTED: _l("Submitted"),
    MilestoneStatus.ACCEPTED: _l("Accepted by the anchor firm"),
    MilestoneStatus.RETURNED: _l("Returned"),
}
MILESTONE_KIND: dict[MilestoneStatus, str] = {
    MilestoneStatus.PLANNED: "",
    MilestoneStatus.SUBMITTED: "amber",
    MilestoneStatus.ACCEPTED: "green",
    MilestoneStatus.RETURNED: "red",
}
COUNTS_FROM: dict[CountsFrom, Text] = {
    CountsFrom.ESTABLISHED: _l("On establishment"),
    CountsFrom.ACCEPTED: _l("On acceptance"),
}
