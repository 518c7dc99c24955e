"""The verdict where a list has to hold certain items."""

import re
from collections.abc import Sequence

from search_index.parameters.evidence import proved_by, unknown
from search_index.parameters.grades import at_least_as_good, counts_best, read_grades, takes_in_earlier
from search_index.parameters.lists import (
    choices,
    core,
    has_synonyms,
    is_named_after,
    items,
    names_item,
    parts,
    says_list,
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


def judge_list(required: Prepared, offered: Sequence[Prepared]) -> Judgement:
    """Whether the product's lists hold every item that is asked for.

    A list under the required name, or a more general one, that lacks an item proves its absence, unless the list says that it is
    not complete (等), is no list, or holds the item only as planned or optional.
    """
    wanted = [core(uncounted(item)) for item in items(required.line.value)] if len(required.line.value) <= LONGEST else []
    if not wanted:
        return unknown("unreadable")
    about = [(_is_list_of(required, each), each) for each in offered]
    lists = [each for asked, each in about if asked]
    named = [each for asked, each in about if not asked and any(_is_there_by_name(each, item) for item in wanted)]
    held = {id(each): {item for item in wanted if _holds(each, item) or _is_there_by_name(each, item)} for each in lists + named}
    complete = [each for each in lists + named if len(held[id(each)]) == len(wanted)]
    if complete:
        return proved_by(required, Verdict.MET, complete)
    missing = [item for item in wanted if not any(item in there for there in held.values())]
    if not missing:
        most = max(len(there) for there in held.values())
        return proved_by(required, Verdict.MET, [each for each in lists + named if len(held[id(each)]) == most])
    proving = [each for each in lists if is_general(required.meaning, each.meaning) and _proves_absence(each, missing)]
    elsewhere = {item for each in lists + named if each not in proving for item in held[id(each)]}
    if proving and not elsewhere - {item for each in proving for item in held[id(each)]}:
        return proved_by(required, Verdict.UNMET, proving, items="、".join(missing))
    return unknown("no_list" if lists else "no_parameter", lists[0] if lists else None)


def _is_list_of(required: Prepared, offered: Prepared) -> bool:
    """Whether a parameter lists what is asked for: under the same name, a more special or a more general one."""
    return distance(required.meaning, offered.meaning) is not None or is_general(required.meaning, offered.meaning)


def _holds(offered: Prepared, item: str, *, tentative: bool = False) -> bool:
    """Whether a parameter's list holds an item, in its spelling, in its parts, or as a later generation that takes it in."""
    if len(choices(item)) > 1:
        return any(_holds(offered, choice, tentative=tentative) for choice in choices(item))
    text = offered.lists[1 if tentative else 0]
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


def _is_there_by_name(offered: Prepared, item: str) -> bool:
    return is_named_after(offered.line.name, item) and says_yes(offered.line.value)


def _proves_absence(offered: Prepared, missing: Sequence[str]) -> bool:
    """Whether a value is a list that claims to be whole, and does not offer the missing items in some other way."""
    value = clean(offered.line.value)
    if len(value) > LONGEST or _UNSAID.fullmatch(value) or says_list("open_end").search(value) or says_list("vague").search(value):
        return False
    if any(_holds(offered, item, tentative=True) for item in missing):
        return False
    return any(_same_script(item, value) for item in missing) or bool(says_list("negative").search(value))


def _same_script(item: str, value: str) -> bool:
    """Whether an item could have been written in the list as it is here: 光口 may well be the SFP+ of an English list."""
    if _CHINESE.search(item) and has_synonyms(item):
        return True
    return bool(_LATIN.search(item) and _LATIN.search(value)) or bool(_CHINESE.search(item) and _CHINESE.search(value))
