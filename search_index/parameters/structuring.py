"""Requirement lines out of free text, as offers to be corrected: 工作温度范围不低于-40~125℃ → 工作温度, covers, -40~125, ℃."""

import re
from collections.abc import Iterator

from search_index.parameters.grades import find_grades
from search_index.parameters.model import Requirement
from search_index.parameters.names import read_name
from search_index.parameters.scanning import Found, scan
from search_index.parameters.text import LONGEST, clean, table
from search_index.parameters.words import BOUNDS, BOUNDS_AFTER, KINDS, heard, without

LONGEST_TEXT = 20_000
_LONGEST_NAME = 30

_CLAUSE = re.compile(r"[。;!?\n]|,(?!\d{3}(?!\d))")
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}[)、]|\d{1,2}\.(?=\s|[^\d\s])|[-•*·]\s|[(]?[一二三四五六七八九十]+[)、])\s*")
_LEAD = re.compile(
    r"^(?:要求|需要|需|应当|应该|应|须|必须|产品|芯片|器件|其中|其|该|将|把|通过|符合|取得|支持|满足|具有|具备|能够|可以"
    r"|并且|并|且|以及|和|同时|在|的|"
    r"the|a|an|with|must|shall|should|and|support(?:s|ing)?|ha(?:s|ve|ving)|provid(?:es?|ing)|of)(?=[\s一-鿿]|$)[\s:]*",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:[\s:=,(]|应当|应该|应|必须|需要|需|须|不得|要求|控制在|保持在|维持在|达到|达|优于|为|是|在|可|能|满足|覆盖|支持|具有|具备|均|"
    r"(?<![a-z])(?:is|are|of|be|must|shall|should|from|between|covers?|covering|reach(?:es)?|to))+$",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"(?P<name>.*?)(?:支持|具备|包括|包含|含有|含|提供|兼容|采用|(?<![a-z])(?:supports?|includes?|including)(?![a-z])|:)\s*(?P<items>.+?)"
    r"(?P<tail>接口|协议|操作系统|系统|框架|格式|算法|封装|认证|interfaces?|protocols?)?(?:等)?$",
    re.IGNORECASE,
)
_LISTED = frozenset(
    {
        "interface", "communication_interface", "protocol", "wireless", "certification", "standards", "operating_system",
        "language", "framework", "crypto_algorithm", "algorithm", "format", "video_codec", "modulation", "protection", "package",
        "memory_type",
    }
)  # fmt: skip
_RANGED = re.compile(
    r"temperature|supply_voltage|operating_frequency|frequency_response|_range$|^frequency$|humidity|temperature_measuring|altitude"
)
_COVERING = re.compile(r"范围|覆盖|支持|量程|(?<![a-z])(?:range|cover)", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:、|,|和|与|及|(?<![a-z])and(?![a-z]))\s*")
_CONDITION = re.compile(r"@\s*[^,;()@≤≥<>]+|\([^()]*\)")
_CIRCUMSTANCE = re.compile(r"^(?:[^\d]{0,6}?)([+-]?\d+(?:\.\d+)?\s*[^\s\d及以]{1,4}?)\s*(?:时|下|条件下|环境下),?\s*")
_CHINESE = re.compile(r"[一-鿿]")


def structure(text: str) -> list[Requirement]:
    """The requirement lines that a text states, in its order, each once; empty where it states none. Never raises.

    A range is asked to be covered where products have one (temperatures, supplies, bands), else to be kept within. A figure
    without a word of comparison becomes `=`: whoever accepts the line decides.
    """
    lines = dict[Requirement, None]()
    for clause in _clauses(text[:LONGEST_TEXT]):
        for line in _lines(clause):
            lines.setdefault(line)
    return list(lines)


def _clauses(text: str) -> Iterator[str]:
    """The clauses of a text; one with several figures is divided at 、 as well."""
    for paragraph in text.splitlines():
        for clause in _CLAUSE.split(clean(paragraph)):
            clause = _NUMBERING.sub("", clause).strip()
            if len(clause) > LONGEST:
                continue
            pieces = clause.split("、")
            yield from pieces if all(len(scan(piece)) == 1 for piece in pieces) else [clause]


def _lines(clause: str) -> Iterator[Requirement]:
    grades = find_grades(clause)
    if grades:
        yield from _graded(clause, grades)
        return
    circumstance = _CIRCUMSTANCE.match(clause)
    clause = clause[circumstance.end() :] if circumstance else clause
    found = scan(_CONDITION.sub(lambda match: " " * len(match[0]), clause))
    line = _listed(clause) if not found else None
    if len(found) == 1 and found[0].form != "odd":
        line = _measured(clause, found[0], f" @{circumstance[1]}" if circumstance else "")
    if line:
        yield line


def _name(words: str) -> str:
    """What remains of the words before a figure when comparisons and auxiliary words are taken off."""
    name = without(words, *BOUNDS).strip(" :,()=≥≤<>~@")
    before = None
    while name != before:
        before, name = name, _LEAD.sub("", _TRAIL.sub("", name)).strip()
    return name


def _measured(clause: str, mark: Found, circumstance: str) -> Requirement | None:
    """A line with a figure and its conditions, None where nothing says what is measured."""
    name = _name(clause[: mark.start])
    named = re.sub(r"\s*(?:范围|区间|(?<![a-z])range)$", "", name, flags=re.IGNORECASE) or name
    if not _is_name(named):
        return None
    value, unit = _written(clause, mark)
    conditions = "".join(f" {stated}" for stated in _CONDITION.findall(clause[mark.end :])) + circumstance
    return Requirement(named, _operator(clause, mark, named), (value + conditions).replace("°C", "℃"), unit)


def _is_name(name: str) -> bool:
    """Whether words may be a parameter's name: short, and more than a word of kind (最大, up to) or a standard's number."""
    told = without(_CONDITION.sub(" ", name), *KINDS, *BOUNDS_AFTER)
    return 0 < len(name) <= _LONGEST_NAME and bool(re.search(r"[A-Za-z一-鿿]", told)) and not re.search(r"(?<!\d)\d{4,}", told)


def _operator(clause: str, mark: Found, name: str) -> str:
    meaning = read_name(name)
    if mark.form in {"range", "around"}:
        return "covers" if _RANGED.search(meaning.concept) or _COVERING.search(clause[: mark.start]) else "within"
    if mark.form == "tolerance":
        return "covers" if meaning.concept.endswith("_range") else "<="
    bounds = heard(clause[: mark.start], *BOUNDS) or [
        each.removesuffix("_after") for each in heard(clause[mark.end :], *BOUNDS_AFTER)
    ]
    if bounds:
        return ">=" if bounds[-1] == "at_least" else "<="
    return "<=" if mark.form == "sides" else "="


def _written(clause: str, mark: Found) -> tuple[str, str]:
    """The value without its unit, and the unit; units that differ stay in the value."""
    units = [clause[start:end] for start, end in mark.units]
    value = clause[mark.start : mark.end]
    if len(set(units)) != 1 or mark.form == "around":
        return value.strip(), ""
    for start, end in reversed(mark.units):
        value = value[: start - mark.start] + value[end - mark.start :]
    return re.sub(r"\s*~\s*", "~", value).strip(), units[0].replace("°C", "℃")


def _graded(clause: str, grades: dict[str, str]) -> Iterator[Requirement]:
    """Lines for the certificates and generations of a clause. Words that name two schemes (IP67, PCIe 4.0 x8) make one line."""
    names = {scheme: (chinese, english) for scheme, chinese, english in table("scheme_names.tsv")}
    schemes = dict[str, str]()
    for scheme, written in grades.items():
        if not any(written != other and written in other for other in grades.values()):
            schemes.setdefault(written, scheme)
    said = _name(clause[: clause.find(next(iter(schemes)))])
    for written, scheme in schemes.items():
        chinese, english = names.get(scheme, ("接口版本", "Interface version"))
        given = chinese if _CHINESE.search(clause) else english
        yield Requirement(said if _is_name(said) and len(schemes) == 1 else given, "grade", written)


def _listed(clause: str) -> Requirement | None:
    """A line with a list, None where the words are no list that anybody keeps."""
    match = _LIST.fullmatch(clause)
    if match is None:
        return None
    name = _name(match["name"])
    for candidate in (name, match["tail"] or ""):
        if candidate and len(candidate) <= _LONGEST_NAME and read_name(candidate).concept in _LISTED:
            return Requirement(candidate, "includes", "、".join(_JOINT.split(match["items"].strip())))
    return None
