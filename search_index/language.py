"""The query language for people, on Whoosh's parser: words, "phrases", field:value, -not, OR, brackets; full width, too.

Whatever is no language is text: an unknown field, an unclosed quote or bracket, an operator without anything to work on, a
minus that is a sign (`-40~125`; NOT works before a number, too).
"""

from functools import cache

from whoosh import qparser, query
from whoosh.qparser import plugins, syntax

from search_index.ranking import FIELDS

LONGEST = 200  # characters: what is longer is a description, whose quotes and dashes are prose

_FIELDS = {name: name for name in FIELDS} | {
    "编号": "number", "型号": "number", "标题": "title", "名称": "title", "name": "title",
    "技术": "technologies", "technology": "technologies", "企业": "firm", "公司": "firm", "单位": "firm", "company": "firm",
    "指标": "requirements", "要求": "requirements", "requirement": "requirements", "参数": "parameters", "parameter": "parameters",
    "需求": "need", "正文": "text",
}  # fmt: skip
_QUOTES = '"“”„«»「」『』＂'
_BEGINNING = rf"(?:^|(?<=[\s(（{_QUOTES}]))"
_FIELD = rf"(?:^|(?<=[\s(（{_QUOTES}\-−－]))(?P<text>(?i:{'|'.join(sorted(_FIELDS, key=len, reverse=True))}))[:：](?=\S)"


class _Not(syntax.NotGroup):
    """A «not», which may have nothing behind it."""

    def query(self, parser: qparser.QueryParser) -> query.Query:
        """What is not wanted, or nothing."""
        return super().query(parser) if self.nodes else query.NullQuery


class _Phrase(query.Phrase):
    """A phrase that stays one when it has a single word: Chinese has no spaces."""

    def normalize(self) -> query.Query:
        """The phrase itself."""
        return self


@cache
def _parser() -> qparser.QueryParser:
    operator = plugins.OperatorsPlugin.OpTagger
    operators = [
        (operator(rf"{_BEGINNING}(?:[-−－](?=[^\s\-\d])|NOT(?=\s))", _Not, syntax.PrefixOperator), 0),
        (operator(r"(?<=\s)(?:OR|或|\||｜)(?=\s)", syntax.OrGroup), 0),
        (operator(r"(?<=\s)(?:AND|且)(?=\s)", syntax.AndGroup), 0),
    ]
    return qparser.QueryParser(
        None,
        None,
        phraseclass=_Phrase,
        plugins=[
            plugins.WhitespacePlugin(),
            plugins.FieldsPlugin(_FIELD, remove_unknown=False),
            plugins.PhrasePlugin(f"[{_QUOTES}](?P<text>[^{_QUOTES}]*)[{_QUOTES}](?P<slop>(?!))?"),
            plugins.GroupPlugin("[(（]", "[)）]"),
            plugins.OperatorsPlugin(operators, clean=True),
        ],
    )


def parse(text: str) -> query.Query:
    """What a person typed as a tree of Whoosh's And, Or, Not, Term and Phrase; NullQuery when nothing is left of it."""
    return _parser().parse(text)


def field_of(node: query.Query) -> str | None:
    """The field that a Term or Phrase is limited to, if any."""
    return _FIELDS[node.fieldname.lower()] if node.fieldname else None
