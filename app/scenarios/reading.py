"""Requirement lines out of pasted text, as offers: whoever writes the scenario takes, corrects or drops each of them."""

import re
from dataclasses import dataclass

from app.scenarios.content import LINE_LENGTH, MOST_ROWS, RequirementRow
from app.scenarios.models import Operator
from search_index.parameters import structure

# words of wish, alone or in brackets: they are no part of a parameter's name
_WISH = re.compile(r"[(（\[【]?(?:期望|希望|优先|建议|最好|可选|加分项?)[)）\]】]?[:：]?")
_SHOULD = re.compile(_WISH.pattern + r"|\b(?:should|prefer\w*|desir\w+|optional\w*|nice to have)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What was understood, and the lines of the text in which nothing was."""

    rows: list[RequirementRow]
    rest: str


def read_requirements(text: str) -> Reading:
    """The requirement lines that a text states, at most fifty. A text line with a word such as 期望 or "should" states no must."""
    rows, rest = dict[RequirementRow, None](), []
    for line in text.splitlines():
        found = _rows(line)
        if line.strip() and (not found or len(rows) + len(found) > MOST_ROWS):
            rest.append(line.strip())
        else:
            rows.update(dict.fromkeys(found))
    return Reading(list(rows), "\n".join(rest))


def _rows(line: str) -> list[RequirementRow]:
    found = [
        RequirementRow(each.name, Operator(each.operator), each.value, each.unit, not _SHOULD.search(line))
        for each in structure(_WISH.sub("", line))
    ]
    fitting = all(max(len(row.name), len(row.value), len(row.unit)) <= LINE_LENGTH for row in found)
    return found if fitting else []
