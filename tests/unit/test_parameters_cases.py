"""Labelled requirement lines, parameters and verdicts: each comes out as an engineer says."""

import json
from pathlib import Path

import pytest

from search_index.parameters import Parameter, Requirement, judge

CASES = Path(__file__).parent.parent / "data" / "quantities"


def _cases():
    for name in ("examples", "own", "adversarial"):
        for line in (CASES / f"{name}.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            yield pytest.param(case, id=f"{name}-{case['id']}")


@pytest.mark.parametrize("case", list(_cases()))
def test_the_verdict_and_its_evidence(case):
    requirement = Requirement(**case["requirement"])
    judgement = judge(requirement, [Parameter(**parameter) for parameter in case["parameters"]])
    assert (judgement.verdict, judgement.evidence) == (case["verdict"], case["evidence"])
