"""Every change of a solution and of its evaluations, by topic."""

from app.solutions.operations.decisions import decline, mark_selected, pass_over_rest, return_to_shortlist, shortlist
from app.solutions.operations.drafts import Answer, Changes, begin_revision, discard_draft, save_draft, start_solution
from app.solutions.operations.evaluations import Score, evaluate
from app.solutions.operations.files import attach_file, remove_file
from app.solutions.operations.submissions import flag_outdated, submit_solution, withdraw

__all__ = [
    "Answer", "Changes", "Score", "attach_file", "begin_revision", "decline", "discard_draft", "evaluate", "flag_outdated",
    "mark_selected", "pass_over_rest", "remove_file", "return_to_shortlist", "save_draft", "shortlist", "start_solution",
    "submit_solution", "withdraw",
]  # fmt: skip
