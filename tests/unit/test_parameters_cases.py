"""Labelled requirement lines, parameters and verdicts: each comes out as an engineer says."""

import pytest

from search_index.parameters import Parameter, Requirement, judge
from tests.support.quantities import SETS, cases_of


@pytest.mark.parametrize("name", SETS)
def test_the_verdicts_and_their_evidence(name):
    wrong = {}
    for case in cases_of(name):
        judgement = judge(Requirement(**case["requirement"]), [Parameter(**parameter) for parameter in case["parameters"]])
        if (judgement.verdict, judgement.evidence) != (case["verdict"], case["evidence"]):
            wrong[case["id"]] = (judgement.verdict, judgement.evidence)
    assert wrong == {}
