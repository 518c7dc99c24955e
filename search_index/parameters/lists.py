"""Lists of interfaces, protocols, certificates: whether a text names an item, in whatever spelling."""

import re
from functools import cache, lru_cache

from search_index.parameters.text import clean, digits, meanings, table

_STRONG = re.compile(r"[、,;|\n]+")
_WEAK = re.compile(r"\s*(?:/|\+|&|以及|和|与|及|\band\b)\s*")
_WORD = re.compile(r"[a-z0-9.+#]+|[一-鿿]")
_NUMBERED = re.compile(r"([a-z]+-?)(\d+(?:\.\d+)?)((?:/\d+(?:\.\d+)?)+)(?![a-z\d])")
_LETTERED = re.compile(r"((?:[a-z]+[\d.]*|[\d.]*)\d)([a-z]{1,2})((?:/[a-z]{1,2})+)(?![a-z\d])")
_MANY = r"(?:路|个|组|通道|ch)"
_COUNT = re.compile(
    rf"(?<!^)\s*[×x]\s*(\d+)$|\s*\(?(\d+)\s?{_MANY}\)?$|^(\d+)\s*(?:{_MANY}|[×x])\s*|\((\d+)\)$|^(\d+)\s(?=[A-Za-z])", re.IGNORECASE
)
_VERSION = re.compile(r"[\s-]*v?\d[\d.]*$", re.IGNORECASE)
_LANES = re.compile(r"pci", re.IGNORECASE)
_NAME_NOISE = re.compile(
    r"接口|总线|通道|端口|控制器|数量|版本|支持|功能|认证|协议|接口数|个数|数$|口$|interfaces?|ports?|controllers?|support|complian(?:t|ce)|certifi(?:ed|cation)"
)
_HEAD = re.compile(r"^(?:(?:至少|必须|应|须|需)?(?:支持|包括|包含|具备|提供)|国密(?=\s?sm\d))+\s*", re.IGNORECASE)
_TAIL = re.compile(r"(?<=[A-Za-z0-9])\s*(?:接口|总线|协议|算法|等)+$")
_OR = re.compile(r"\s*或者?\s*|\s+or\s+", re.IGNORECASE)
_NO = re.compile(r"(?:0(?:\s?(?:路|个|组|ch))?|none|×|否|无)$", re.IGNORECASE)
_NONE = re.compile(r"[:×x\s]\s*0\s*(?:路|个|组|ch)?$", re.IGNORECASE)
_YES = re.compile(r"支持|有|是|通过|符合|满足|具备|集成|内置|已|√|✓|yes|supported|y$|[1-9]", re.IGNORECASE)


@cache
def says_list(meaning: str) -> re.Pattern[str]:
    """The words of a meaning of `list_words.tsv`."""
    return re.compile(meanings("list_words.tsv")[meaning], re.IGNORECASE)


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    rows = [tuple(_glue(spelling) for spelling in row[0].split("|")) for row in table("item_names.tsv")]
    return {spelling: row for row in rows for spelling in row}


@cache
def _kinds() -> dict[str, tuple[str, ...]]:
    """The kinds of a thing in all their spellings, by its spelling that `item_kinds.tsv` has."""
    return {
        _glue(thing): tuple(each for kind in kinds.split("|") for each in _synonyms().get(_glue(kind), (_glue(kind),)))
        for thing, kinds in table("item_kinds.tsv")
    }


@lru_cache(maxsize=65536)
def _spellings(glued: str) -> tuple[str, ...]:
    """What an item may be written as, kinds of it included; none of an empty one."""
    own = _synonyms().get(glued, (glued,) if glued else ())
    return own + tuple(kind for thing in own for kind in _kinds().get(thing, ()))


@lru_cache(maxsize=65536)
def _words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; each Chinese character is one. `SM2/3/4` is SM2, SM3, SM4; `JESD204B/C` both."""
    text = clean(text).lower().replace("^", "")
    for joined in (_NUMBERED, _LETTERED):
        text = joined.sub(lambda match: match[1] + match[2] + match[3].replace("/", "/" + match[1]), text)
    return tuple(word.strip(".") for word in _WORD.findall(text) if word.strip("."))


@lru_cache(maxsize=65536)
def _glue(text: str) -> str:
    return "".join(_words(text))


def _holds(words: tuple[str, ...], glued: str) -> bool:
    """Whether `glued` stands in the words from the beginning of one: CAN FD = CAN-FD = CANFD, QFN in QFN48, but C not in C++."""
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if len(run) >= len(glued):
                break
        rest = run[len(glued) :]
        if run.startswith(glued) and (
            not rest
            or (rest[0].isdigit() and not glued[-1].isdigit())
            or (rest[0] == "." and glued[-1].isdigit())
            or re.match(r"v\d", rest)
        ):
            return not (start and words[start - 1] in "非无不未" and not glued[0].isascii())
    return False


def names_item(text: str, item: str) -> bool:
    """Whether a text names an item of a list, in any of its spellings."""
    words = _words(text)
    return any(_holds(words, spelling) for spelling in _spellings(_glue(item)))


def names_kin(text: str, item: str) -> bool:
    """Whether a text names what an item is a kind of: 车载以太网 may be the 100BASE-T1 that is asked for."""
    glued, words = _glue(item), _words(text)
    return any(
        glued in kinds and any(_holds(words, each) for each in _synonyms().get(thing, (thing,)))
        for thing, kinds in _kinds().items()
    )


def names_family(text: str, item: str) -> bool:
    """Whether a list has the item without its number: an AES may be the AES-256 that is asked for."""
    family = _glue(_VERSION.sub("", clean(item)))
    listed = {_glue(uncounted(part)[0]) for piece in items(text) for part in parts(piece)}
    return family != _glue(item) and family in listed


def has_synonyms(item: str) -> bool:
    """Whether `item_names.tsv` knows other spellings of an item."""
    return _glue(item) in _synonyms()


def items(text: str) -> list[str]:
    """The items of a list as it is written, divided at commas and their like."""
    return [item.strip() for item in _STRONG.split(digits(clean(text))) if item.strip()]


def parts(item: str) -> list[str]:
    """What an item joins by `/`, `+` or 和; the item itself where nothing is joined."""
    return [part for part in _WEAK.split(item) if part.strip()] or [item]


def uncounted(item: str) -> tuple[str, int]:
    """An item without the number of pieces, and that number: `CAN FD ×2` is CAN FD, 2. The × of PCIe counts lanes, not pieces."""
    match = _COUNT.search(item)
    if match is None or (match[1] and _LANES.search(item)):
        return item, 1
    return _COUNT.sub("", item, count=1).strip(), int(next(group for group in match.groups() if group))


def pieces(text: str, item: str) -> tuple[int, int] | None:
    """The largest number of pieces that a text states of an item and their sum; None where it names it without a number."""
    counts = [
        int(next(group for group in match.groups() if group)) for match in _counted(_glue(item)).finditer(digits(clean(text)))
    ]
    return (max(counts), sum(counts)) if counts else None


@lru_cache(maxsize=4096)
def _counted(glued: str) -> re.Pattern[str]:
    """An item with a number of pieces before or behind it."""
    written = "|".join(r"[\s_-]*".join(map(re.escape, spelling)) for spelling in _synonyms().get(glued, (glued,)))
    name = rf"(?<![a-z0-9])(?:{written})(?![a-z])\s*(?:接口|总线|控制器|interfaces?)?"
    before = rf"(?<![\d.])(\d{{1,3}})\s*(?:{_MANY}|[×x])\s*{name}|(?:^|(?<=[,;、/+])|(?<=[,;] ))(\d{{1,3}})\s{name}"
    behind = rf"{name}\s*(?:[×x:]\s*(\d{{1,3}})(?![\d.]|\s?[kmg]?b)|\((\d{{1,3}})\s*{_MANY}?\)|(\d{{1,3}})\s*{_MANY})"
    return re.compile(before if _LANES.match(glued) else f"{before}|{behind}", re.IGNORECASE)


def core(item: str) -> str:
    """An item without the words around it: 支持 SPI 接口 is SPI, SM4 算法 is SM4."""
    return _TAIL.sub("", _HEAD.sub("", item)).strip() or item


def choices(item: str) -> list[str]:
    """The items of which one is enough: `SPI 或 I2C`."""
    return [choice for choice in _OR.split(item) if choice.strip()] or [item]


def affirmed(text: str) -> tuple[str, str]:
    """What of a list's text is stated, and what is only planned, optional or conditional. Denied pieces are in neither."""
    stated, tentative = list[str](), list[str]()
    for piece in items(text):
        if says_list("negative").search(piece) or _NONE.search(piece):
            continue
        (tentative if says_list("tentative").search(piece) else stated).append(piece)
    return ", ".join(stated), ", ".join(tentative)


@lru_cache(maxsize=65536)
def _bare(name: str) -> str:
    return _glue(_NAME_NOISE.sub(" ", clean(name).lower()))


def is_named_after(name: str, item: str, *, kinds: bool = False) -> bool:
    """Whether a parameter's name is the item itself (CAN FD 接口, USB) or a kind of it: its value says whether it is there."""
    glued = _glue(item)
    return _bare(name) in (_spellings(glued) if kinds else _synonyms().get(glued, (glued,) if glued else ()))


def says_yes(value: str) -> bool:
    """Whether a value states that the thing named is there: 支持, yes, a number above 0."""
    text = clean(value)
    return bool(_YES.search(text)) and not says_list("negative").search(text) and not says_list("tentative").search(text)


def says_no(value: str) -> bool:
    """Whether a value states that the thing named is not there: 不支持, no, 0 路."""
    text = clean(value)
    return bool(_NO.match(text) or says_list("negative").match(text)) and not says_list("tentative").search(text)
