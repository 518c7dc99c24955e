"""The verdict where a list has to hold certain items."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_index.parameters.evidence import proved_by, unknown
from search_index.parameters.grades import at_least_as_good, counts_best, read_grades, takes_in_earlier
from search_index.parameters.lists import (
    choices,
    core,
    has_synonyms,
    is_named_after,
    items,
    names_family,
    names_item,
    names_kin,
    parts,
    pieces,
    says_list,
    says_no,
    says_yes,
    uncounted,
)
from search_index.parameters.model import Judgement, Verdict
from search_index.parameters.names import distance, is_general
from search_index.parameters.prepared import Prepared
from search_index.parameters.text import LONGEST, clean

_LATIN = re.compile(r"[A-Za-z]")
_CHINESE = re.compile(r"[一-鿿]")
_UNSAID = re.compile(r"(?:支持|有|是|-+|/|\?|yes|ok|y)?", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+)\s*(?:[×x路个组]|通道|ch|$)", re.IGNORECASE)
_FAMILY = re.compile(r"[A-Za-z][A-Za-z-]*")


@dataclass(frozen=True)
class _Item:
    """What a list has to hold, and how many of it."""

    name: str
    count: int


def judge_list(required: Prepared, offered: Sequence[Prepared]) -> Judgement:
    """Whether the product's lists hold every item that is asked for, in the number that is asked for.

    A list under the required name, or a more general one, that lacks an item proves its absence, unless the list says that it is
    not complete (等), is no list, or holds the item only as planned or optional. A parameter called as the item may deny it.
    """
    wanted = _wanted(required.line.value)
    if not wanted:
        return unknown("unreadable")
    lists = [each for each in offered if _is_list_of(required, each)]
    speaking = lists + [
        each for each in offered if each not in lists and any(_says_by_name(each, item) is not None for item in wanted)
    ]
    said = [(each, {item: _says(each, item) for item in wanted}) for each in speaking]
    there = {item for _, answers in said for item, answer in answers.items() if answer}
    denied = {item for _, answers in said for item, answer in answers.items() if answer is False}
    if there & denied:
        return unknown("uncertain", speaking[0])
    if denied:
        denying = [each for each, answers in said if False in answers.values()]
        return proved_by(required, Verdict.UNMET, denying, items=_named(item for item in wanted if item in denied))
    if there.issuperset(wanted):
        most = max(list(answers.values()).count(True) for _, answers in said)
        return proved_by(required, Verdict.MET, [each for each, answers in said if list(answers.values()).count(True) == most])
    missing = [item for item in wanted if item not in there]
    proving = [each for each in lists if is_general(required.meaning, each.meaning) and _proves_absence(each, missing)]
    held = {item for each, answers in said if each in proving for item, answer in answers.items() if answer}
    if proving and there <= held:
        return proved_by(required, Verdict.UNMET, proving, items=_named(missing))
    return unknown("no_list" if lists else "no_parameter", lists[0] if lists else None)


def _named(lacking: Iterable[_Item]) -> str:
    return "、".join(item.name for item in lacking)


def _wanted(value: str) -> list[_Item]:
    if len(value) > LONGEST:
        return []
    counted = [uncounted(core(item)) for item in items(value)]
    return [_Item(core(name), count) for name, count in counted]


def _is_list_of(required: Prepared, offered: Prepared) -> bool:
    """Whether a parameter lists what is asked for: under the same name, a more special or a more general one."""
    return distance(required.meaning, offered.meaning) is not None or is_general(required.meaning, offered.meaning)


def _says(offered: Prepared, item: _Item) -> bool | None:
    """Whether a parameter has an item in the number that is asked for; None where it does not say."""
    by_name = _says_by_name(offered, item)
    if by_name is not None or not _holds(offered.lists[0], item.name):
        return by_name
    if item.count == 1:
        return True
    found = pieces(offered.lists[0], item.name)
    return None if found is None else _suffices(item, *found)


def _suffices(item: _Item, largest: int, total: int) -> bool | None:
    return True if largest >= item.count else False if total < item.count else None


def _says_by_name(offered: Prepared, item: _Item) -> bool | None:
    """What a parameter that is called as the item (CAN FD: 2 路) says of it."""
    name, value = offered.line.name, offered.line.value
    if is_named_after(name, item.name) and says_no(value):
        return False
    if not (is_named_after(name, item.name, kinds=True) and says_yes(value)):
        return None
    number = _NUMBER.match(clean(value))
    if item.count == 1 or number is None:
        return True if item.count == 1 else None
    return _suffices(item, int(number[1]), int(number[1]))


def _holds(text: str, item: str) -> bool:
    """Whether a list holds an item, in its spelling, in its parts, or as a later generation that takes it in."""
    if len(choices(item)) > 1:
        return any(_holds(text, choice) for choice in choices(item))
    if names_item(text, item):
        return True
    wanted = read_grades("", item)
    if wanted and all(level.rank is not None for level in wanted.values()):
        there = read_grades("", text)
        return all(
            scheme in there
            and (takes_in_earlier(scheme) or not counts_best(scheme))
            and at_least_as_good(level, there[scheme]) is True
            for scheme, level in wanted.items()
        )
    divided = parts(item)
    return len(divided) > 1 and all(names_item(text, part) for part in divided)


def _may_hold(text: str, item: str) -> bool:
    """Whether a list leaves an item open: it names it in another number, without its generation, or what it is a kind of."""
    if _holds(text, item) or names_kin(text, item) or names_family(text, item):
        return True
    wanted, there, family = read_grades("", item), read_grades("", text), _FAMILY.match(item)
    answers = {at_least_as_good(level, there[scheme]) if scheme in there else None for scheme, level in wanted.items()}
    if not wanted or answers - {None, True}:
        return False
    named = family is not None and any(takes_in_earlier(scheme) for scheme in wanted) and names_item(text, family[0])
    return named or wanted.keys() <= there.keys()


def _proves_absence(offered: Prepared, missing: Sequence[_Item]) -> bool:
    """Whether a value is a list that claims to be whole, and does not offer the missing items in some other way."""
    value = clean(offered.line.value)
    if len(value) > LONGEST or _UNSAID.fullmatch(value) or says_list("open_end").search(value) or says_list("vague").search(value):
        return False
    absent = [item.name for item in missing if not any(_may_hold(text, item.name) for text in offered.lists)]
    return any(_same_script(item, value) for item in absent) or bool(absent and says_list("negative").search(value))


def _same_script(item: str, value: str) -> bool:
    """Whether an item could have been written in the list as it is here: 光口 may well be the SFP+ of an English list."""
    if _CHINESE.search(item) and has_synonyms(item):
        return True
    return bool(_LATIN.search(item) and _LATIN.search(value)) or bool(_CHINESE.search(item) and _CHINESE.search(value))
