"""What a parameter's name means: the concept, what is left of the name, and what the name says besides (kind, conditions, unit)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from search_index.parameters.grades import read_grades
from search_index.parameters.quantities import conditions_of, formats
from search_index.parameters.text import LONGEST, clean, meanings, table
from search_index.parameters.units import read_unit
from search_index.parameters.words import DISCHARGES, KINDS, heard, kind, states, without

PLACES = frozenset({"storage", "junction", "case"})  # of which a temperature is one
_ASIDE = re.compile(r"\(([^()]*)\)")
_CONDITION = re.compile(r"@\s*([^,;、()@]+)")
_FORMAT = re.compile(r"(?<![a-z])(?:int|uint|fp|bf|tf)[\s-]?(?:4|8|16|32|64)(?![0-9])", re.IGNORECASE)
_SUBSCRIPT = re.compile(r"(?<=[A-Za-z])\((on|off|th|sat|br|j-?[ac])\)", re.IGNORECASE)
_MODE = re.compile(r"\s*(?:模式|状态|工况|时|下|(?<![a-z])(?:mode|state))$", re.IGNORECASE)
_INVERTED = re.compile(r"^([^,()]+), ([^,()@]+)$")  # Temperature, operating
_SIDES = re.compile(r"(?:[长宽高厚LWHD]\s?[×x]?\s?){2,3}")
_ABBREVIATED = re.compile(r"(.*[一-鿿])\s?([a-z][a-z0-9 ./-]*)$")
_DIFFERENCE = re.compile(
    r"精度|精确度|准确度|误差|偏差|稳定|均匀|漂|温升|温差|波动|分辨|公差|重复性|迟滞|回差|一致性|线性"
    r"|accuracy|error|stability|drift|resolution|tolerance|hysteresis|repeatab|linear|uniform|precision|rise"
)


@dataclass(frozen=True, eq=False)
class Name:
    """What a name means.

    `concept` is a row of `parameter_names.tsv`, or the name itself where no row knows it; `rest` is what stands before the
    concept's own words (`rdma单向` of RDMA 单向时延); `scope` is whose it is (芯片, 整机). `kind`: as in `words.KINDS`, or None.
    `conditions`: what the name states besides (@1 MHz, HBM). `unit`: a unit in brackets. `difference`: it measures a difference, so
    that K and ℃ are one unit. Compared by identity, so that pairs are quickly looked up. `states`: as in `words.states`; `aside`:
    those of them that stand in brackets, 功耗（待机）. `qualifier`: other words in brackets, 电压（钳位）.
    """

    concept: str
    rest: str = ""
    scope: str = ""
    kind: str | None = None
    conditions: frozenset[str] = frozenset()
    unit: str = ""
    difference: bool = False
    states: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()
    qualifier: str = ""


@dataclass(frozen=True)
class _Concepts:
    by_spelling: dict[str, str]
    answered_by: dict[str, frozenset[str]]
    broader: dict[str, str]
    open: frozenset[str]
    longest: int


def _squeeze(text: str) -> str:
    """Lower case; spaces and hyphens only between two Latin words or numbers, where they are one space."""
    text = re.sub(r"[\s_-]+", " ", text.lower()).strip(" ,;:、/.")
    return re.sub(r"(?<=[^a-z0-9]) | (?=[^a-z0-9])", "", text)


@cache
def _concepts() -> _Concepts:
    by_spelling, broader, two_way, opened = dict[str, str](), dict[str, str](), set[str](), set[str]()
    for concept, relation, spellings in table("parameter_names.tsv"):
        for spelling in spellings.split("|"):
            by_spelling.setdefault(_squeeze(_SUBSCRIPT.sub(r"\1", clean(spelling))), concept)
        if relation == "*":
            opened.add(concept)
        elif relation != "-":
            broader[concept] = relation.removeprefix("~")
            if relation.startswith("~"):
                two_way.add(concept)
    answers = dict[str, set[str]]()
    for concept in set(by_spelling.values()):
        answers.setdefault(concept, set()).add(concept)
        if concept in broader:
            answers.setdefault(broader[concept], set()).add(concept)
        if concept in two_way:
            answers.setdefault(concept, set()).add(broader[concept])
    frozen = {concept: frozenset(others) for concept, others in answers.items()}
    return _Concepts(by_spelling, frozen, broader, frozenset(opened), max(map(len, by_spelling)))


@cache
def _words(meaning: str) -> re.Pattern[str]:
    words = sorted(meanings("parameter_noise.tsv")[meaning].split("|"), key=len, reverse=True)
    return re.compile("|".join(rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word) for word in words))


def _lookup(name: str) -> tuple[str, str] | None:
    """The concept that a squeezed name ends in, and what stands before it; None where it ends in none."""
    concepts = _concepts()
    if name in concepts.by_spelling:
        return concepts.by_spelling[name], ""
    for start in range(max(1, len(name) - concepts.longest), len(name)):
        tail = name[start:]
        if tail.strip() in concepts.by_spelling and not (_latin(name[start - 1]) and _latin(tail[0])):
            return concepts.by_spelling[tail.strip()], name[:start].strip()
    return None


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _meaning(name: str) -> tuple[str, str, str]:
    """Concept, rest and scope of a squeezed name, taking noise off as long as that helps."""
    whole = _lookup(name)
    if whole and (not whole[1] or _concepts().by_spelling.get(whole[1]) == whole[0]):
        return whole[0], "", ""
    abbreviated = _ABBREVIATED.match(name)
    symbol = _concepts().by_spelling.get(abbreviated[2]) if abbreviated else None
    if abbreviated and symbol:
        concept, rest, scope = _meaning(abbreviated[1])
        if concept in _concepts().answered_by[symbol]:
            return concept, rest, scope
        if symbol in _concepts().answered_by.get(concept, ()):
            return symbol, rest, scope
    bare = _squeeze(_words("noise").sub(" ", name)) or name
    scope = "".join(_words("scope").findall(bare))
    naked = _squeeze(_words("scope").sub(" ", bare)) or bare
    for candidate, owner in ((bare, ""), (naked, scope)):
        found = _lookup(candidate)
        if found and not found[1]:
            return found[0], "", owner
    found = whole or _lookup(bare)
    if found is None:
        return bare.replace(" ", ""), "", ""
    concept, rest = found
    scope = "".join(_words("scope").findall(rest))
    rest = _squeeze(_words("noise").sub(" ", _words("scope").sub(" ", rest)))
    return concept, rest.replace(" ", ""), scope


@lru_cache(maxsize=65536)
def read_name(text: str) -> Name:
    """What a parameter's name means. A text that is no name (empty, longer than `LONGEST`) means nothing and matches nothing."""
    if len(text) > LONGEST:
        return Name("")
    name = _INVERTED.sub(r"\1 (\2)", _SUBSCRIPT.sub(r"\1", clean(text)))
    difference = bool(_DIFFERENCE.search(name.lower()))
    spoken, discharges = _without_discharges(_FORMAT.sub(" ", _CONDITION.sub(" ", name)))
    asides = _ASIDE.findall(spoken)
    inside = _read_brackets(_ASIDE.sub(" ", spoken), asides)
    if inside.another:
        return Name(inside.another, kind=kind(spoken), difference=difference)
    conditions = formats(name) | discharges | inside.conditions
    for condition in _CONDITION.findall(name):
        conditions |= conditions_of(condition)
    said, bare = kind(" ".join(asides)), inside.name
    if _squeeze(bare) not in _concepts().by_spelling:
        said, bare = kind(spoken), without(bare, *KINDS) or bare
    concept, rest, scope = _meaning(_squeeze(_one_of(bare)))
    own = frozenset() if rest else states(bare) & {"peak_state"}  # 瞬态 of 共模瞬态抗扰度
    return Name(
        concept,
        rest,
        scope,
        kind=said,
        conditions=frozenset(conditions),
        unit=inside.unit,
        difference=difference,
        states=states(name) - own,
        aside=inside.states - PLACES,
        qualifier=inside.qualifier,
    )


@dataclass
class _Brackets:
    """A name with what the brackets behind it say; `another`: the thing that they make of it instead."""

    name: str
    unit: str = ""
    qualifier: str = ""
    another: str | None = None
    conditions: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()


def _read_brackets(name: str, asides: Iterable[str]) -> _Brackets:
    found = _Brackets(name)
    for aside in asides:
        if _says_the_same(found.name, aside) or _SIDES.fullmatch(aside):
            continue
        if turned := _turned(found.name, aside):
            found.name = turned
        elif read_unit(aside) is not None:
            found.unit = aside
        elif other := _another_thing(found.name, aside):
            found.another = other
        else:
            found.conditions |= conditions_of(without(aside, *KINDS))
            found.qualifier = _qualifier(aside) or found.qualifier
            found.states |= states(aside)
    return found


def _one_of(name: str) -> str:
    """One of the names that a slash joins where they mean the same: 功耗/Power."""
    parts = name.split("/")
    meant = {_meaning(_squeeze(without(part, *KINDS)))[:2] for part in parts if part.strip()}
    return parts[0] if len(meant) == 1 and _squeeze(name) not in _concepts().by_spelling else name


def _without_discharges(name: str) -> tuple[str, frozenset[str]]:
    """The name of a static discharge without the way in which it is tested, and that way: ESD（HBM）, CDM."""
    plain = without(name, *DISCHARGES)
    bare = _squeeze(_ASIDE.sub(" ", plain))
    if plain == name or (bare and _meaning(bare)[0] != "esd"):
        return name, frozenset()
    return plain if bare else "ESD", frozenset(heard(name, *DISCHARGES))


def _turned(name: str, aside: str) -> str | None:
    """The name in full where the brackets hold its first half: 电压（输出） is 输出电压, 功耗（待机模式） is 待机功耗."""
    said = _MODE.sub("", aside)
    for head in (without(name, *KINDS), _words("noise").sub(" ", name)):
        if said and _squeeze(f"{said} {head}") in _concepts().by_spelling:
            return f"{said} {head}"
    return None


def _qualifier(aside: str) -> str:
    """What brackets say besides kind, grade and figures, glued; empty where that is nothing."""
    if re.search(r"\d", aside) or read_grades("", aside):
        return ""
    return _squeeze(_words("noise").sub(" ", _words("scope").sub(" ", without(aside, *KINDS)))).replace(" ", "")


def _another_thing(name: str, aside: str) -> str | None:
    """The concept that the brackets make of a name: 工作温度（结温） is a junction temperature, 精度（线性度） linearity."""
    spelled, own = _concepts().by_spelling.get(_squeeze(clean(aside))), _meaning(_squeeze(name))[0]
    place = next(iter(states(aside) & PLACES), None)
    if place and own.endswith("temperature"):
        spelled = f"{place}_temperature"
    return spelled if spelled and spelled not in _concepts().answered_by.get(own, ()) else None


def _says_the_same(name: str, aside: str) -> bool:
    """Whether the brackets only repeat the name in another way: 平均无故障时间（MTBF）."""
    spelled = _concepts().by_spelling.get(_squeeze(clean(aside)))
    return spelled is not None and spelled == _meaning(_squeeze(without(name, *KINDS)))[0]


@lru_cache(maxsize=65536)
def distance(required: Name, offered: Name) -> int | None:
    """How far a parameter's name is from what is required: 0 the same thing, 1 more specific or more general, None another thing.

    The rules are those of docs/decisions/0015-verdicts.md. Kinds and conditions are judged with the figures.
    """
    if not required.concept or (required.scope and offered.scope and required.scope != offered.scope):
        return None
    if required.concept == offered.concept and required.rest in {offered.rest, offered.rest or offered.qualifier}:
        return 0
    if required.concept == offered.concept and required.concept in _concepts().open and not required.rest:
        return 1
    if offered.concept in _concepts().answered_by.get(required.concept, ()) and not required.rest and not offered.rest:
        general = _concepts().broader.get(required.concept) == offered.concept
        return None if general and offered.qualifier else 1
    return None


def is_general(required: Name, offered: Name) -> bool:
    """Whether the offered name takes in all that the required one means: the same thing, or a more general one."""
    if required.concept == offered.concept:
        return offered.rest in {"", required.rest}
    return _concepts().broader.get(required.concept) == offered.concept and not offered.rest
