"""One way of writing for what data sheets write in many: full width, dashes, superscripts, comparison signs."""

import re
import unicodedata
from functools import cache
from importlib import resources

LONGEST = 1_000
"""A value longer than this is prose: nobody may take a figure out of it."""

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—‒―﹣‐‑", "-"),
        **dict.fromkeys("〜∼˜∽", "~"),
        **dict.fromkeys("✕✖⨯*", "×"),
        **dict.fromkeys("º˚", "°"),
        **dict.fromkeys("⋅•∙・", "·"),
        **dict.fromkeys("≤≦⩽≲", "≤"),
        **dict.fromkeys("≥≧⩾≳", "≥"),
        **dict.fromkeys("，﹐", ", "),
        **dict.fromkeys("；﹔", ";"),
        **dict.fromkeys("（【［", "("),
        **dict.fromkeys("）】］", ")"),
        **dict.fromkeys("″”“", '"'),
        "…": "...",
        "⋯": "...",
        "∶": ":",
    }
)
_REPLACEMENTS = (("<=", "≤"), (">=", "≥"), ("=<", "≤"), ("=>", "≥"), ("+/-", "±"), ("+-", "±"), ("'C", "°C"))


def clean(text: str) -> str:
    """`text` in one way of writing: NFKC, powers as `^2`, one dash, one tilde, no control characters, single spaces."""
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    for written, meant in _REPLACEMENTS:
        text = text.replace(written, meant)
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


_ONES = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"两": 2, "双": 2, "": 0}
_COUNTED = re.compile(
    r"(?:([一二三四五六七八九]?)(十)([一二三四五六七八九]?)|([一二两双三四五六七八九]))"
    r"(?=\s?(?:路|通道|核|层|口|端口|位|轴|声道|颗|片|个|组|lane|ch))"
)


def digits(text: str) -> str:
    """`text` with the Chinese numerals before what is counted as digits: 八通道 is 8通道, 十六路 is 16路."""
    return _COUNTED.sub(lambda match: str(_ONES[match[4]] if match[4] else (_ONES[match[1]] or 1) * 10 + _ONES[match[3]]), text)


def meanings(name: str) -> dict[str, str]:
    """A file of the lexicon with two columns, by its first."""
    return {row[0]: row[1] for row in table(name)}


@cache
def table(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a tab-separated file of the lexicon, without its comments and empty lines."""
    lines = resources.files("search_index").joinpath("lexicon", name).read_text("utf-8").splitlines()
    return tuple(tuple(cell.strip() for cell in line.split("\t")) for line in lines if line.strip() and not line.startswith("#"))
