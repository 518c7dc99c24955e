"""The words of the trade as `lexicon/` holds them. The form of its files is described in `lexicon/README.md`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("lexicon")
AMBIGUOUS = "~"


@dataclass(frozen=True)
class Group:
    """Names of one thing. `ambiguous` are those that have other meanings, too; the first of `names` names the group."""

    names: tuple[str, ...]
    ambiguous: tuple[str, ...]


def lines(path: Path) -> Iterator[str]:
    """The lines of a file that say something."""
    with path.open(encoding="utf-8") as file:
        yield from (line for line in (line.strip() for line in file) if line and not line.startswith("#"))


def _rows(path: Path) -> Iterator[list[str]]:
    return (line.split("\t") for line in lines(path))


@cache
def terms() -> tuple[str, ...]:
    """Every term on its own, and every name of a group, as an engineer writes them, each once."""
    listed = [term for path in sorted(FOLDER.glob("terms/*.txt")) for term in lines(path)]
    return tuple(dict.fromkeys([*listed, *(name for group in groups() for name in (*group.names, *group.ambiguous))]))


@cache
def groups() -> tuple[Group, ...]:
    """The synonyms."""
    return tuple(
        Group(
            tuple(name for name in row if not name.startswith(AMBIGUOUS)),
            tuple(name.removeprefix(AMBIGUOUS) for name in row if name.startswith(AMBIGUOUS)),
        )
        for path in sorted(FOLDER.glob("synonyms/*.tsv"))
        for row in _rows(path)
    )


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing about what is sought, in folded spelling."""
    return frozenset(lines(FOLDER / "stop_words.txt"))


@cache
def unstemmed() -> frozenset[str]:
    """English words whose stem is that of another word that means something else."""
    return frozenset(lines(FOLDER / "unstemmed.txt"))


@cache
def units() -> dict[str, str]:
    """Spelling of a unit, folded → the one it is indexed under."""
    return {spelling: row[0] for row in _rows(FOLDER / "unit_spellings.tsv") for spelling in row}


@cache
def traditional() -> dict[str, str]:
    """Traditional character → simplified character."""
    return dict(_rows(FOLDER / "traditional.tsv"))
