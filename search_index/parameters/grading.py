"""The verdict where a certificate or a generation is asked for."""

from collections.abc import Sequence

from search_index.parameters.evidence import proved_by, unknown
from search_index.parameters.grades import Level, at_least_as_good, counts_best
from search_index.parameters.lists import names_item, says_list
from search_index.parameters.model import Judgement, Verdict
from search_index.parameters.names import distance
from search_index.parameters.prepared import Prepared


def judge_grade(required: Prepared, offered: Sequence[Prepared]) -> Judgement:
    """Whether each certificate and generation that is asked for is there and at least as good.

    A certificate that no scheme knows has to be named as it is asked for; that it is missing proves nothing.
    """
    if not required.grades:
        naming = [each for each in offered if names_item(each.lists[0], required.line.value)]
        return proved_by(required, Verdict.MET, naming) if naming else unknown("no_grade")
    found = [_judge_scheme(required, scheme, level, offered) for scheme, level in required.grades.items()]
    for verdict in (Verdict.UNMET, Verdict.UNKNOWN, Verdict.MET):
        for outcome, deciding in found:
            if outcome is verdict:
                return proved_by(required, verdict, deciding) if deciding else unknown("no_grade")
    return unknown("no_grade")


def _is_another_thing(required: Prepared, offered: Prepared) -> bool:
    """Whether the certificate is a tool's, a process's or a test's and not the product's, and such a one is not asked for."""
    words = says_list("another_thing")
    return bool(words.search(offered.line.name)) and not words.search(required.line.name)


def _judge_scheme(required: Prepared, scheme: str, level: Level, offered: Sequence[Prepared]) -> tuple[Verdict, list[Prepared]]:
    """The verdict on one scheme and the parameters that decide it; those that are called as the requirement is go first."""
    stating = [each for each in offered if scheme in each.grades and not _is_another_thing(required, each)]
    near = [each for each in stating if distance(required.meaning, each.meaning) is not None]
    for group in (near, stating):
        answers = [(at_least_as_good(level, each.grades[scheme]), each) for each in group]
        good = [each for answer, each in answers if answer]
        poor = [each for answer, each in answers if answer is False]
        if good and (counts_best(scheme) or not poor):
            return Verdict.MET, good
        if poor and not good and len(poor) == len(group):
            return Verdict.UNMET, poor
        if good and poor:
            return Verdict.UNKNOWN, []
    return Verdict.UNKNOWN, []
