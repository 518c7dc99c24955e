"""Figures in words and labels, in the signs and units that can be scanned: 零下 40, DC~8 GHz, Tmin=-40, ¥45, 60+."""

import re

_SANDWICH = re.compile(r"\s*[≤<]\s*[A-Za-z一-鿿]{1,8}\s*[≤<]\s*(?=[+-]?\d)")
_FROM_DC = re.compile(r"(?<![A-Za-z])DC\s?(?:~|-|to|至)\s?(?=\d[\d.]*\s?[kMG]?Hz)", re.I)
_SIGNS = (
    (re.compile(r"(?:零下|(?<![一-鿿])负|(?<![a-z])minus\s)\s*(?=\d)", re.I), "-"),
    (re.compile(r"(?:零上|(?<![一-鿿])正|(?<![a-z])plus\s)\s*(?=\d)", re.I), "+"),
    (re.compile(r"(?<=\d)\s*(?:°C)?\s*/\s*\+(?=\d)"), " ~ "),
    (re.compile(r"(?<![A-Za-z])[A-Z][A-Za-z]{0,3}(min|max)\s*[=:]"), r" \1 "),
    (re.compile(r"(?:¥|RMB|CNY)\s?(\d[\d,.]*)\s?(万?)(?!\s?[万元\d])", re.I), r"\1 \2元"),
    (re.compile(r"(?:(?:US)?\$|USD)\s?(\d[\d,.]*)\s?(万?)(?!\s?[万元\d])", re.I), r"\1 \2美元"),
    (re.compile(r"(?<![A-Za-z0-9.])(\d[\d.]*)\+\s?(?=[A-Za-z%])"), r"≥\1 "),
)
_LABEL = re.compile(r"(?<![A-Za-z0-9])(?:(?:DC|AC|VIN|TDP|typ\.?|max\.?|min\.?)(?=\d)|TA(?=[+-]?\d))", re.I)
_BETWEEN = re.compile(r"between\s+(.+?)\s+and\s+", re.I)


def as_written(text: str) -> str:
    """A cleaned text with signs, with two numbers for `-40 ≤ TA ≤ 105`, `DC~8 GHz` and `between 2 and 5`, and with labels apart."""
    for pattern, sign in _SIGNS:
        text = pattern.sub(sign, text)
    text = _LABEL.sub(r"\g<0> ", text)
    return _BETWEEN.sub(r"\1 ~ ", _FROM_DC.sub(r"0 Hz ~ ", _SANDWICH.sub(" ~ ", text)))
