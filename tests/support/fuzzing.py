"""What schemathesis heeds while it tries the API (SCHEMATHESIS_HOOKS): records that exist, tags that match, no key twice.

Schemathesis takes the values of its coverage phase from the schema alone: nearly every request would end at 404, 409 or 412.
"""

import itertools
import json
import os
import re
from pathlib import Path

import schemathesis

IDS: dict[str, list[str]] = json.loads(Path(os.environ["KAIJING_FUZZ_IDS"]).read_text())
# the token that the run works with, and another person's, with which one may do what would end the run
KEPT, SPARE = json.loads(os.environ["KAIJING_FUZZ_TOKENS"])
FORMS = {"Idempotency-Key": re.compile(r"[\x21-\x7e]{1,180}"), "If-Match": re.compile(r'(W/)?"[^"]*"|[\x21-\x7e]+')}
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Before each request; what is wrong on purpose stays so."""
    number, headers = next(_numbers), case.headers or {}
    if case.meta is not None and case.meta.phase.name.value in {"examples", "coverage"}:
        for name, value in (case.path_parameters or {}).items():
            # one id in four stays one that nobody has
            if number % 4 and IDS.get(name) and isinstance(value, str) and ID.fullmatch(value):
                case.path_parameters[name] = IDS[name][number % len(IDS[name])]
    ends = case.path.startswith("/api/v1/account/") or (case.path_parameters or {}).get("token_id") == KEPT["id"]
    if KEPT["secret"] and ends and case.method == "POST" and headers.get("Authorization") == f"Bearer {KEPT['secret']}":
        # one's own account deleted, or one's own token revoked: all that came after it would be a visitor's
        case.headers["Authorization"] = f"Bearer {SPARE['secret']}"
    if number % 4 and FORMS["If-Match"].fullmatch(str(headers.get("If-Match", ""))):
        case.headers["If-Match"] = "*"
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and FORMS["Idempotency-Key"].fullmatch(key):
        # the same key with another body is refused; whether a request writes once under one key has tests of its own
        case.headers["Idempotency-Key"] = f"{key}{number}"
