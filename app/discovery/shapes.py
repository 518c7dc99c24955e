"""The lists: what each of them holds, by what it is filtered and sorted, and how the address says so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.discovery.documents import BUDGET_BANDS, NEGOTIABLE
from app.errors import Text
from app.organizations.labels import ORGANIZATION_STATUS
from app.products.labels import MATURITY
from app.projects.labels import PROJECT_STATUS
from app.scenarios.labels import AWARD_KIND, SCENARIO_STATUS
from app.scenarios.models import ScenarioStatus

LONGEST_QUERY = 10_000
MOST_CHOICES = 30
LONGEST_CODE = 80
CLOSING_DAYS = (7, 30)
# what a list shows unless a state is asked for: drafts are found by those who may see them, and who ask
OPENED = tuple(status.value for status in ScenarioStatus if status not in {ScenarioStatus.DRAFT, ScenarioStatus.IN_REVIEW})


def _bands() -> dict[str, Text]:
    lows = (0, *BUDGET_BANDS)
    bands: dict[str, Text] = {
        f"{low}-{high}": _l("%(low)s–%(high)s (10,000 CNY)", low=low, high=high)
        for low, high in zip(lows, BUDGET_BANDS, strict=False)
    }
    bands[f"{lows[-1]}-"] = _l("over %(low)s (10,000 CNY)", low=lows[-1])
    return bands | {NEGOTIABLE: _l("Negotiable")}


@dataclass(frozen=True)
class Facet:
    """One filter: its name in the address, its heading, and the name of the documents' codes that it looks at.

    `labels` are the choices with their names, in order; without them the words of `vocabulary` are the choices, and without either
    whatever codes occur, the most frequent first.
    """

    name: str
    heading: Text
    labels: Mapping[str, Text] = field(default_factory=dict)
    vocabulary: str = ""
    code: str = ""

    @property
    def codes(self) -> str:
        """The name of the codes."""
        return self.code or self.name


KIND_NAMES: Mapping[str, Text] = {
    "scenario": _l("Scenario"),
    "product": _l("Product"),
    "organization": _l("Firm"),
    "project": _l("Project"),
}
KIND = Facet(
    "kind",
    _l("Kind"),
    {"scenario": _l("Scenarios"), "product": _l("Products"), "organization": _l("Firms"), "project": _l("Projects")},
)
DOMAIN = Facet("domain", _l("Domain"), vocabulary="domain")
AREA = Facet("area", _l("Area"), vocabulary="area")
TRACK = Facet("track", _l("Track"), vocabulary="track")
CLOSING = Facet("closing", _l("Closing"), {str(n): _l("Within %(days)s days", days=n) for n in CLOSING_DAYS}, code="closes_on")


def closing_days(choice: str, today: date) -> list[str]:
    """The Shanghai days, as ISO dates, on which something closes «within n days»."""
    return [(today + timedelta(days=n)).isoformat() for n in range(int(choice) + 1)]


@dataclass(frozen=True)
class Sort:
    """One order: its name in the address, what it is called, and the number that it sorts by (None: relevance).

    `by_fit`: to who acts for a chip firm, what fits it best comes before that; to others it is not offered.
    """

    name: str
    label: Text
    number: str | None
    by_fit: bool = False


RELEVANCE = Sort("relevance", _l("Best match first"), None)
NEWEST = Sort("newest", _l("Newest first"), "-fresh")


@dataclass(frozen=True)
class Shape:
    """One list: its name in addresses, its kinds of records, facets and sorts. The first sort is that of a list without a query."""

    name: str
    heading: Text
    kinds: tuple[str, ...]
    facets: tuple[Facet, ...]
    sorts: tuple[Sort, ...]
    label: Text
    placeholder: Text
    count: Callable[[int], str]
    nothing: Text
    unless_asked: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The endpoint of the list's page."""
        return "discovery.search" if self.name == "search" else f"{self.name}.index"


def _values(labels: Mapping[Any, Text]) -> dict[str, Text]:
    return {str(value): label for value, label in labels.items()}


SCENARIOS = Shape(
    "scenarios",
    _l("Scenarios"),
    ("scenario",),
    (
        Facet("status", _l("State"), _values(SCENARIO_STATUS)),
        DOMAIN,
        Facet("track", _l("Tracks wanted"), vocabulary="track"),
        Facet("award", _l("Form of cooperation"), _values(AWARD_KIND)),
        Facet("budget", _l("Budget"), _bands()),
        CLOSING,
        AREA,
    ),
    (
        Sort("closing", _l("Closing first"), "closing"),
        Sort("fit", _l("Our fit first"), "closing", by_fit=True),
        RELEVANCE,
        NEWEST,
        Sort("budget", _l("Largest budget first"), "-budget"),
    ),
    _l("Search scenarios"),
    _l("Words of the title, the need or the firm"),
    lambda total: ngettext("%(num)s scenario", "%(num)s scenarios", total),
    _l("No scenario fits"),
    {"status": OPENED},
)
PRODUCTS = Shape(
    "products",
    _l("Products"),
    ("product",),
    (
        TRACK,
        Facet("technology", _l("Technology"), vocabulary="technology"),
        Facet("maturity", _l("Maturity"), _values(MATURITY)),
        Facet("certification", _l("Certification")),
        AREA,
    ),
    (NEWEST, RELEVANCE),
    _l("Search products"),
    _l("Name, model, parameter or firm"),
    lambda total: ngettext("%(num)s product", "%(num)s products", total),
    _l("No product fits"),
)
ORGANIZATIONS = Shape(
    "organizations",
    _l("Firms"),
    ("organization",),
    (
        Facet("role", _l("Role"), {"anchor": _l("Anchor firms"), "chip": _l("Chip firms")}),
        AREA,
        TRACK,
        Facet("status", _l("State"), _values(ORGANIZATION_STATUS)),
    ),
    (NEWEST, RELEVANCE),
    _l("Search firms"),
    _l("Name or profile"),
    lambda total: ngettext("%(num)s firm", "%(num)s firms", total),
    _l("No firm fits"),
)
PROJECTS = Shape(
    "projects",
    _l("Projects"),
    ("project",),
    (Facet("status", _l("State"), _values(PROJECT_STATUS)), DOMAIN, AREA),
    (NEWEST, RELEVANCE),
    _l("Search projects"),
    _l("Title, number or firm"),
    lambda total: ngettext("%(num)s project", "%(num)s projects", total),
    _l("No project here"),
)
EVERYTHING = Shape(
    "search",
    _l("Search"),
    ("scenario", "product", "organization", "project"),
    (KIND, DOMAIN, TRACK, AREA),
    (RELEVANCE, NEWEST),
    _l("Search everything"),
    _l("Scenarios, products, firms and projects"),
    lambda total: ngettext("%(num)s record", "%(num)s records", total),
    _l("Nothing found"),
)
SHAPES = {shape.name: shape for shape in (SCENARIOS, PRODUCTS, ORGANIZATIONS, PROJECTS, EVERYTHING)}


@dataclass(frozen=True)
class Wanted:
    """What a reader asks of a list: the query, for each facet the chosen codes, and the order. All of it stands in the address."""

    shape: Shape
    query: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = RELEVANCE

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for beyond the order."""
        return bool(self.query.strip() or self.chosen)

    @property
    def default_sort(self) -> Sort:
        """Relevance for a query, else the list's own order."""
        return RELEVANCE if self.query.strip() else self.shape.sorts[0]

    def address(self) -> dict[str, Any]:
        """The arguments of the address that asks for this, without what goes without saying."""
        arguments: dict[str, Any] = {name: list(codes) for name, codes in self.chosen.items()}
        if self.query.strip():
            arguments["q"] = self.query
        if self.sort != self.default_sort:
            arguments["sort"] = self.sort.name
        return arguments


def wanted_of(shape: Shape, args: MultiDict[str, str]) -> Wanted:
    """What an address asks for. Whatever it holds, this is an answer: unknown names are passed over, unknown codes find nothing."""
    query = args.get("q", "").replace("\0", " ")[:LONGEST_QUERY]
    chosen = {}
    for facet in shape.facets:
        codes = tuple(dict.fromkeys(code for code in args.getlist(facet.name)[:MOST_CHOICES] if 0 < len(code) <= LONGEST_CODE))
        if facet is CLOSING:
            codes = tuple(code for code in codes if code in facet.labels)
        if codes:
            chosen[facet.name] = codes
    wanted = Wanted(shape, query, chosen)
    sorts = {sort.name: sort for sort in shape.sorts}
    return replace(wanted, sort=sorts.get(args.get("sort", ""), wanted.default_sort))
