"""The forms of a page, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm:
    """Where a form is sent, what it sends as it stands, and what is said to be wrong with it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[PageForm] = []
        self.within: PageForm | None = None
        self.area: str | None = None
        self.told = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self.within = PageForm(given.get("action") or self.address)
            self.forms.append(self.within)
        if self.within is None:
            return
        name, value = given.get("name"), given.get("value") or ""
        self.told = self.told or "invalid-feedback" in (given.get("class") or "")
        if tag == "textarea" and name:
            self.area, self.within.fields[name] = name, ""
        elif tag == "input" and name and given.get("type") in {"radio", "checkbox"}:
            self.within.options.setdefault(name, []).append(value)
            if "checked" in given:
                self.within.fields[name] = value
        elif tag == "input" and name and given.get("type") != "file":
            self.within.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self.within is not None and self.area:
            self.within.fields[self.area] += data
        elif self.within is not None and self.told and data.strip():
            self.within.errors.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.within = None
        if tag == "textarea" and self.within is not None and self.area:
            # a browser leaves out the line break that begins a text area
            self.within.fields[self.area] = self.within.fields[self.area].removeprefix("\r").removeprefix("\n")
            self.area = None
        if tag == "p":
            self.told = False


def forms_on(html: str, address: str) -> list[PageForm]:
    """The forms that a page sends; `address` is the page's own."""
    reader = _Reader(address)
    reader.feed(html)
    return reader.forms
