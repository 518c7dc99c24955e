"""Tables as CSV for a spreadsheet: UTF-8 with the mark by which spreadsheets know it, and no cell that is run as a formula."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from flask import Response

# what a spreadsheet would take for a formula, were it the first character of a cell
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): such a text is led by an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_line(cells: Iterable[Any]) -> str:
    """One row, with the end of its line."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(harmless, cells))
    return buffer.getvalue()


def csv_file(name: str, rows: Iterable[Iterable[Any]]) -> Response:
    """A whole table, the first row its head, to be saved as `name`.csv."""
    response = Response(BYTE_ORDER_MARK + "".join(map(csv_line, rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
