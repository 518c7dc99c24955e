"""Lists of interfaces, protocols, certificates: whether a text names an item, in whatever spelling."""

import re
from functools import cache, lru_cache

from search_index.parameters.text import clean, meanings, table

_STRONG = re.compile(r"[、,;|\n]+")
_WEAK = re.compile(r"\s*(?:/|\+|&|以及|和|与|及|\band\b)\s*")
_WORD = re.compile(r"[a-z0-9.+#]+|[一-鿿]")
_NUMBERED = re.compile(r"([a-z]+-?)(\d+(?:\.\d+)?)((?:/\d+(?:\.\d+)?)+)(?![a-z\d])")
_COUNT = re.compile(r"\s*[×x]\s*\d+$|^\d+\s*(?:路|个|组|[×x])\s*")
_NAME_NOISE = re.compile(
    r"接口|总线|通道|端口|控制器|数量|版本|支持|功能|认证|协议|接口数|个数|数$|口$|interfaces?|ports?|controllers?|support"
)
_HEAD = re.compile(r"^(?:(?:至少|必须|应|须|需)?(?:支持|包括|包含|具备|提供)|国密(?=\s?sm\d))+\s*", re.IGNORECASE)
_TAIL = re.compile(r"(?<=[A-Za-z0-9])\s*(?:接口|总线|协议|算法|等)+$")
_OR = re.compile(r"\s*或者?\s*|\s+or\s+", re.IGNORECASE)
_NONE = re.compile(r"[:×x\s]\s*0\s*(?:路|个|组|ch)?$", re.IGNORECASE)
_YES = re.compile(r"支持|有|是|通过|已|√|✓|yes|supported|y$|[1-9]", re.IGNORECASE)


@cache
def says_list(meaning: str) -> re.Pattern[str]:
    """The words of a meaning of `list_words.tsv`."""
    return re.compile(meanings("list_words.tsv")[meaning], re.IGNORECASE)


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    rows = [tuple(_glue(spelling) for spelling in row[0].split("|")) for row in table("item_names.tsv")]
    return {spelling: row for row in rows for spelling in row}


@lru_cache(maxsize=65536)
def _words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; each Chinese character is one. `SM2/3/4` is SM2, SM3, SM4."""
    text = clean(text).lower().replace("^", "")
    text = _NUMBERED.sub(lambda match: match[1] + match[2] + match[3].replace("/", "/" + match[1]), text)
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
    glued = _glue(item)
    words = _words(text)
    return bool(glued) and any(_holds(words, spelling) for spelling in _synonyms().get(glued, (glued,)))


def has_synonyms(item: str) -> bool:
    """Whether `item_names.tsv` knows other spellings of an item."""
    return _glue(item) in _synonyms()


def items(text: str) -> list[str]:
    """The items of a list as it is written, divided at commas and their like."""
    return [item.strip() for item in _STRONG.split(clean(text)) if item.strip()]


def parts(item: str) -> list[str]:
    """What an item joins by `/`, `+` or 和; the item itself where nothing is joined."""
    return [part for part in _WEAK.split(item) if part.strip()] or [item]


def uncounted(item: str) -> str:
    """An item without the number of pieces: `CAN FD ×2` is CAN FD."""
    return _COUNT.sub("", item)


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


def is_named_after(name: str, item: str) -> bool:
    """Whether a parameter's name is the item itself (CAN FD 接口, USB), so that its value says whether it is there."""
    glued = _glue(item)
    return bool(glued) and _bare(name) in _synonyms().get(glued, (glued,))


def says_yes(value: str) -> bool:
    """Whether a value states that the thing named is there: 支持, yes, a number above 0."""
    text = clean(value)
    return bool(_YES.search(text)) and not says_list("negative").search(text) and not says_list("tentative").search(text)
