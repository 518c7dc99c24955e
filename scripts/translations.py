"""The catalogues in app/translations: brought up to date with the source (`update`), and checked (`check`).

The English text in the source is the key. The Chinese catalogue is written by people; the English one repeats the key where
nothing else stands. A catalogue passes when it holds exactly the texts of the source, each translated, none marked fuzzy, with
the same placeholders.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

PROJECT = Path(__file__).resolve().parent.parent
TRANSLATIONS = PROJECT / "app" / "translations"
LOCALES = ("zh_CN", "en")
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]")


def source() -> Catalog:
    """Every text in the source, with the files that it stands in."""
    with (PROJECT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog()
    for name, _line, text, comments, context in extract_from_dir(PROJECT, methods, options, KEYWORDS):
        catalog.add(text, locations=[(name, None)], auto_comments=comments, context=context)
    return catalog


def path_of(locale: str) -> Path:
    """Where the catalogue of a locale is kept."""
    return TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"


def read(locale: str) -> Catalog:
    """The catalogue of a locale as it is kept; an empty one where there is none."""
    path = path_of(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update() -> None:
    """Add what is new in the source, drop what is gone, and leave what is translated as it is."""
    texts = source()
    for locale in LOCALES:
        old, new = read(locale), Catalog(locale=locale)
        for message in texts:
            if not message.id:
                continue
            kept = old.get(message.id, message.context)
            string = kept.string if kept and not kept.fuzzy else ""
            if locale == "en" and not any(_forms(string)):
                string = message.id
            new.add(message.id, string, locations=sorted(set(message.locations)), context=message.context)
        path_of(locale).parent.mkdir(parents=True, exist_ok=True)
        with path_of(locale).open("wb") as file:
            write_po(file, new, width=120, sort_output=True, include_lineno=False, omit_header=True)


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _fault(message: Message | None, key: str | tuple[str, ...]) -> str | None:
    if message is None:
        return "is missing"
    if message.fuzzy:
        return "is marked fuzzy"
    forms = _forms(message.string)
    if not forms or not all(forms):
        return "has no translation"
    wanted = set(PLACEHOLDER.findall(_forms(key)[-1]))
    if any(set(PLACEHOLDER.findall(form)) != wanted for form in forms):
        return "has other placeholders"
    return None


def faults() -> Iterator[str]:
    """What is wrong, one sentence each."""
    texts = source()
    keys = {(message.id, message.context) for message in texts if message.id}
    for locale in LOCALES:
        catalog = read(locale)
        for key, context in sorted(keys, key=str):
            fault = _fault(catalog.get(key, context), key)
            if fault:
                yield f"{locale}: {_forms(key)[0]!r} {fault}"
        for message in catalog:
            if message.id and (message.id, message.context) not in keys:
                yield f"{locale}: {_forms(message.id)[0]!r} is not in the source any more"


def main() -> int:
    """Run the command named on the command line; the exit status is 1 when a check found something."""
    if sys.argv[1:] == ["update"]:
        update()
        return 0
    found = list(faults())
    print("\n".join(found) if found else "The translations are complete.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
