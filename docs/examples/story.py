"""Plays the whole story over HTTP, with the eight demo accounts: from a scenario to a counted, accepted project.

    python docs/examples/story.py http://127.0.0.1:8000

The server runs with demo data and its worker. Public notice and early closing are set to last no days while the story plays, and
put back at its end: otherwise it would take weeks.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from kaijing_client import Client, Json, Problem

ROLES = ("anchor", "chip", "expert", "reviewer", "approver", "operator", "auditor", "admin")
PATIENCE = timedelta(minutes=2)
NOTICE = "notice_working_days"
REQUIREMENTS = [
    {"name": "工作温度", "operator": "covers", "value": "-40~125", "unit": "℃", "must": True, "weight": 60},
    {"name": "功耗", "operator": "<=", "value": "3", "unit": "W", "must": False, "weight": 40},
]
CRITERIA = [{"name": "技术先进性", "weight": 60}, {"name": "供货能力", "weight": 40}]


class Story:
    """Who takes part, each with a client, and what was told so far."""

    def __init__(self, url: str, password: str, tell: Callable[[str], object] = print) -> None:
        self.tell = tell
        self.people = {role: Client.sign_in(url, f"{role}@demo.example", password) for role in ROLES}
        self.visitor = Client(url)
        self.tell(f"{len(ROLES)} people have signed in")

    def play(self) -> Json:
        """All of it. Returns the accepted project; raises Problem where the platform says no, TimeoutError where nothing comes."""
        before = self.visitor.get("/progress")
        with self.without_notice():
            scenario = self.open_scenario()
            solution = self.answer(scenario)
            self.judge(scenario, solution)
            match = self.agree(solution)
            project = self.carry_out(match)
        after = self.visitor.get("/progress")
        if (after["established"], after["accepted"]) != (before["established"] + 1, before["accepted"] + 1):
            raise AssertionError("the progress did not go up by one")
        self.tell(f"established {after['established']}, accepted {after['accepted']} of {after['target']}")
        self.look_back(project)
        return project

    @contextmanager
    def without_notice(self) -> Iterator[None]:
        """The operator sets the notice to no days, and back."""
        days = self._set_notice(0)
        try:
            yield
        finally:
            self._set_notice(days)

    def _set_notice(self, days: int) -> int:
        operator = self.people["operator"]
        settings = operator.read("/settings")
        if settings.body[NOTICE] != days:
            operator.patch("/settings", {NOTICE: days}, settings.etag)
        return int(settings.body[NOTICE])

    def open_scenario(self) -> str:
        """The anchor firm writes a scenario, the reviewer returns it once and then opens it."""
        anchor, reviewer, closes = self.people["anchor"], self.people["reviewer"], datetime.now(UTC) + timedelta(days=30)
        draft = anchor.post("/scenarios", {"title": "77 GHz 毫米波雷达收发芯片国产化", "domain": "iov", "tracks": ["design"]})
        path = f"/scenarios/{draft['id']}"
        area = next(self.visitor.items("/areas"))["code"]
        content = {
            "area": area, "need": "需要一款 77 GHz 收发芯片。", "benefit": "每年 200 万颗。", "award_kind": "procurement",
            "award_places": 1, "budget_min": "1200000.00", "budget_max": "3000000.00", "ip_terms": "归揭榜方",
            "confidentiality": "public", "sealed": False, "questions_close_at": closes.isoformat(), "closes_at": closes.isoformat(),
            "delivery_by": (closes + timedelta(days=90)).date().isoformat(), "requirements": REQUIREMENTS,
            "criteria": CRITERIA,
        }  # fmt: skip
        anchor.patch(path, content, anchor.read(path).etag)
        anchor.post(f"{path}/submit")
        reviewer.post(f"{path}/return", {"reason": "请补充应用背景"})
        anchor.patch(path, {"background": "前向雷达，量产车型。"}, anchor.read(path).etag)
        anchor.post(f"{path}/submit")
        scenario = reviewer.post(f"{path}/approve")
        self.tell(f"{scenario['number']} is {scenario['status']}")
        return str(scenario["id"])

    def answer(self, scenario: str) -> str:
        """The chip firm asks, enters a product and submits a solution."""
        anchor, chip = self.people["anchor"], self.people["chip"]
        question = chip.post(f"/scenarios/{scenario}/questions", {"text": "是否接受 QFN 封装？"})
        anchor.post(f"/questions/{question['id']}/answer", {"text": "接受。"})
        sheet = [{"name": "工作温度", "value": "-40~150", "unit": "℃"}, {"name": "功耗", "value": "2.4", "unit": "W"}]
        product = chip.post(
            "/products", {"name": "KJ-77G 收发芯片", "track": "design", "maturity": "small_batch", "parameters": sheet}
        )
        solution = chip.post(f"/scenarios/{scenario}/solutions", {"summary": "单芯片方案", "products": [product["id"]]})
        path = f"/solutions/{solution['id']}"
        lines = chip.get(f"/scenarios/{scenario}")["requirements"]
        said = {"status": "met", "value": "见数据手册", "evidence": "第 3 页"}
        content = {
            "approach": "两发四收，片上校准。", "price": "880000.00", "schedule": "六个月", "team": "二十人",
            "local_new_product": True, "compliance": [{"requirement_id": line["id"], **said} for line in lines],
        }  # fmt: skip
        chip.patch(path, content, chip.read(path).etag)
        receipt = chip.post(f"{path}/submit")["receipt"]
        self.tell(f"submitted at {receipt['submitted_at']}, SHA-256 {receipt['sha256'][:12]}…")
        return str(solution["id"])

    def judge(self, scenario: str, solution: str) -> None:
        """The scenario closes early; the expert scores; the anchor firm shortlists."""
        anchor, expert = self.people["anchor"], self.people["expert"]
        path = f"/scenarios/{scenario}"
        anchor.post(f"{path}/invitations", {"email": "expert@demo.example"})
        invitation = next(each for each in expert.items("/invitations") if each["scenario"] == scenario)
        if invitation["status"] == "pending":
            expert.post(f"/invitations/{invitation['id']}/accept")
        anchor.post(f"{path}/close-early", {"reason": "已有充分响应"})
        self.wait("the evaluation", lambda: anchor.get(path)["status"] == "evaluating")
        criteria = anchor.get(path)["criteria"]
        scores = [{"criterion_id": row["id"], "score": 86, "comment": "指标扎实"} for row in criteria]
        evaluation = expert.post(f"/solutions/{solution}/evaluations", {"conflict": False, "scores": scores})
        anchor.post(f"/solutions/{solution}/shortlist")
        self.tell(f"scored {evaluation['total']}")

    def agree(self, solution: str) -> str:
        """Selected, confirmed, looked at, put up for notice, approved."""
        match = self.people["anchor"].post(f"/solutions/{solution}/select")
        path = f"/matches/{match['id']}"
        self.people["chip"].post(f"{path}/confirm", {"local_new_product": True})
        self.people["reviewer"].post(f"{path}/review", {"local_new_product": True, "comment": "首次应用，属实"})
        approved = self.people["approver"].post(f"{path}/approve")
        self.tell(f"{approved['number']} is {approved['status']}")
        return str(match["id"])

    def carry_out(self, match: str) -> Json:
        """A milestone, and the acceptance of the whole."""
        chip, anchor = self.people["chip"], self.people["anchor"]
        project = next(self.visitor.items("/projects", match_id=match))
        path = f"/projects/{project['id']}"
        due = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
        milestone = chip.post(f"{path}/milestones", {"name": "样片交付", "due_on": due})
        chip.post(f"/milestones/{milestone['id']}/submit", {"evidence": "样片 20 颗已签收"})
        anchor.post(f"/milestones/{milestone['id']}/accept")
        chip.post(f"{path}/request-acceptance")
        accepted = self.people["approver"].post(f"{path}/accept", {"local_new_product": True})
        self.tell(f"{accepted['number']} is {accepted['status']}")
        return accepted

    def look_back(self, project: Json) -> None:
        """The auditor reads what happened to the project; the administrator sees who may sign in."""
        entries = list(self.people["auditor"].items("/audit", subject_id=project["id"]))
        accounts = self.people["admin"].get("/users")["total"]
        self.tell(f"{len(entries)} entries of the audit log tell of the project; {accounts} accounts")

    def wait(self, what: str, reached: Callable[[], bool]) -> None:
        """Ask until the worker has done it. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE.total_seconds()
        while not reached():
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not come: does the worker run?")
            time.sleep(0.5)


def main(arguments: list[str] | None = None) -> Any:
    """Play the story against the server of the command line."""
    parser = argparse.ArgumentParser(description="Plays the whole story over HTTP.")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--password", default=os.environ.get("KAIJING_DEMO_PASSWORD", "kaijing-demo"))
    chosen = parser.parse_args(arguments)
    try:
        Story(chosen.url, chosen.password).play()
    except Problem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
