"""`python -m search_index.judge`: requirement lines against product parameters, JSON lines in, verdicts out.

In: `{"id", "requirement": {"name", "operator", "value", "unit"?}, "parameters": [{"name", "value", "unit"?}, …]}`. Out, in the same
order: `{"id", "verdict": "met" | "unmet" | "unknown", "evidence": name of the parameter or null}`, or `{"id", "error"}` for a line
that cannot be read; the rest still runs. A number may stand for a text, and null for a value or unit that is not given.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from search_index.parameters import OPERATORS, Parameter, Requirement, judge


class _Unreadable(Exception):
    """What is wrong with a line."""


def answers(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """One answer for each line that is not blank. Never raises for what a line holds."""
    for line in lines:
        if not line.strip():
            continue
        case: Any = None
        try:
            case = _read(line)
            judgement = judge(_requirement(case), _parameters(case))
        except _Unreadable as problem:
            yield {"id": case.get("id") if isinstance(case, dict) else None, "error": str(problem)}
        else:
            yield {"id": case["id"], "verdict": judgement.verdict.value, "evidence": judgement.evidence}


def _read(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"), parse_constant=str, parse_int=_integer)
    except (ValueError, RecursionError):
        raise _Unreadable("not a line of JSON") from None


def _integer(digits: str) -> int | str:
    """A number with more digits than Python turns into an int stays the text that it is, so that the line keeps its id."""
    return digits if len(digits) > 4_000 else int(digits)


def _requirement(case: Any) -> Requirement:
    if not isinstance(case, dict) or "id" not in case:
        raise _Unreadable("an object with an id is needed")
    line = case.get("requirement")
    if not isinstance(line, dict):
        raise _Unreadable("requirement: an object is needed")
    operator = line.get("operator")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise _Unreadable("requirement: the operator must be one of " + " ".join(sorted(OPERATORS)))
    if line.get("value") is None:
        raise _Unreadable("requirement: a value is needed")
    return Requirement(_name(line, "requirement"), operator, _text(line, "value"), _text(line, "unit"))


def _parameters(case: Any) -> list[Parameter]:
    lines = case.get("parameters")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise _Unreadable("parameters: a list of objects is needed")
    return [Parameter(_name(line, "parameters"), _text(line, "value"), _text(line, "unit")) for line in lines]


def _name(line: Mapping[str, Any], where: str) -> str:
    if not isinstance(line.get("name"), str):
        raise _Unreadable(f"{where}: a name is needed")
    return str(line["name"])


def _text(line: Mapping[str, Any], field: str) -> str:
    value = line.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Unreadable(f"{field}: a text is needed")
    return value if isinstance(value, str) else json.dumps(value)


def main() -> None:
    """Answer standard input on standard output, in UTF-8 whatever the locale."""
    for answer in answers(sys.stdin.buffer):
        text = json.dumps(answer, ensure_ascii=False)
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")


if __name__ == "__main__":
    main()
