"""Every change of a project and its milestones, by topic."""

from app.projects.operations.course import (
    accept,
    establish,
    finish_if_over,
    request_acceptance,
    return_acceptance,
    revoke_acceptance,
    save_contract,
    terminate,
)
from app.projects.operations.milestones import (
    accept_milestone,
    add_milestone,
    attach_evidence,
    edit_milestone,
    remove_milestone,
    return_milestone,
    submit_milestone,
)

__all__ = [
    "accept",
    "accept_milestone",
    "add_milestone",
    "attach_evidence",
    "edit_milestone",
    "establish",
    "finish_if_over",
    "remove_milestone",
    "request_acceptance",
    "return_acceptance",
    "return_milestone",
    "revoke_acceptance",
    "save_contract",
    "submit_milestone",
    "terminate",
]
