"""Labelled requirement lines, parameters and verdicts: each comes out as an engineer says."""

import pytest

from search_index.parameters import Parameter, Requirement, judge
from tests.support.quantities import cases


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in cases()])
def test_the_verdict_and_its_evidence(case):
    requirement = Requirement(**case["requirement"])
    judgement = judge(requirement, [Parameter(**parameter) for parameter in case["parameters"]])
    assert (judgement.verdict, judgement.evidence) == (case["verdict"], case["evidence"])
