"""The programs of docs/examples against a live server, with the worker beside it."""

import csv
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from app import clock, worker
from app.outbox.models import OutboxEvent
from tests.support.browser import Server
from tests.support.databases import SQLITE

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ROWS = [
    {"model": "A1", "name": "雷达收发芯片", "track": "design", "maturity": "volume", "technologies": "logic;analog",
     "certifications": "AEC-Q100 Grade 1", "parameters": "工作温度=-40~125 ℃;通道数=4"},
    {"model": "B2", "name": "电源管理芯片", "track": "design", "maturity": "sample", "description": "四路输出"},
    {"model": "C3", "name": "以太网物理层芯片", "track": "design", "maturity": "research"},
]  # fmt: skip
pytestmark = pytest.mark.databases(SQLITE)


@pytest.fixture(autouse=True)
def examples(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.fixture
def server(app, demo) -> Iterator[Server]:
    """The demo at a real address, with a worker; what the demo left to do is of no use here."""
    demo.session.execute(update(OutboxEvent).values(done_at=clock.utcnow()))
    demo.session.commit()
    server, stop = Server(app), threading.Event()

    def work() -> None:
        while not stop.wait(0.5):
            worker.run(app, once=True)

    working = threading.Thread(target=work)
    working.start()
    yield server
    stop.set()
    working.join()
    server.stop()


def test_the_story_is_played_over_http(server):
    from story import Story

    told = []
    project = Story(server.url, "kaijing-demo", tell=told.append).play()
    assert project["status"] == "accepted"
    assert project["local_new_product_accepted"] is True
    assert len(told) >= 8


@pytest.fixture
def chip(server):
    """The chip firm's client, its id, and what there is before."""
    from kaijing_client import Client

    client = Client.sign_in(server.url, "chip@demo.example", "kaijing-demo")
    return client, client.get("/account")["organization_id"]


@pytest.fixture
def catalogue(chip, tmp_path):
    """`catalogue(rows)`: write the file, sync, and return what was done."""
    from sync_products import FIELDS, read, sync

    def run(rows, client=chip[0]):
        path = tmp_path / "products.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(rows)
        return sync(client, chip[1], read(path))

    return run


def listed(client, firm):
    return {each["model"]: each for each in client.items(f"/organizations/{firm}/products")}


def test_a_catalogue_becomes_equal_to_its_file_and_then_nothing_is_sent(chip, catalogue):
    client, firm = chip
    before = sum(1 for each in listed(client, firm).values() if each["status"] == "active")
    assert catalogue(ROWS) == {"added": 3, "retired": before}
    first = listed(client, firm)["A1"]
    assert first["parameters"] == [
        {"name": "工作温度", "value": "-40~125", "unit": "℃"},
        {"name": "通道数", "value": "4", "unit": ""},
    ]
    assert sorted(first["technologies"]) == ["analog", "logic"]
    assert catalogue(ROWS) == {"left": 3}
    assert listed(client, firm)["A1"]["updated_at"] == first["updated_at"]


def test_only_rows_that_differ_are_changed(chip, catalogue):
    client, firm = chip
    catalogue(ROWS)
    before = listed(client, firm)
    assert catalogue([ROWS[0], {**ROWS[1], "maturity": "volume"}]) == {"left": 1, "changed": 1, "retired": 1}
    after = listed(client, firm)
    assert after["A1"] == before["A1"]
    assert (after["B2"]["maturity"], after["B2"]["id"]) == ("volume", before["B2"]["id"])
    assert after["C3"]["status"] == "retired"
    assert catalogue(ROWS) == {"left": 1, "changed": 1, "offered again": 1}


def test_a_sync_that_was_interrupted_goes_on_and_adds_nothing_twice(chip, catalogue):
    from kaijing_client import Client

    class Broken(Client):
        """A line that breaks after the second product has arrived, before its answer is back."""

        def post(self, path, body=None, *, key=""):
            answer = super().post(path, body, key=key)
            if body and body.get("model") == "B2":
                # what was sent and not answered is sent again under the same key
                assert super().post(path, body, key=key) == answer
                raise KeyboardInterrupt
            return answer

    client, firm = chip
    with pytest.raises(KeyboardInterrupt):
        catalogue(ROWS, Broken(client.url, client.token))
    done = catalogue(ROWS)
    assert (done["added"], done["left"]) == (1, 2)
    models = [each["model"] for each in client.items(f"/organizations/{firm}/products")]
    assert all(models.count(row["model"]) == 1 for row in ROWS)


@pytest.mark.parametrize("rows", [[{"name": "无型号"}], [ROWS[0], ROWS[0]]])
def test_a_file_that_names_a_model_twice_or_not_at_all_changes_nothing(catalogue, rows):
    with pytest.raises(ValueError, match="line"):
        catalogue(rows)


def test_what_the_platform_refuses_is_told_by_field(catalogue):
    from kaijing_client import Problem

    with pytest.raises(Problem) as refused:
        catalogue([{**ROWS[0], "model": "D4", "track": "none"}])
    assert (refused.value.status, refused.value.kind) == (422, "invalid")
    assert refused.value.errors.keys() == {"track"}


def test_a_program_is_started_from_a_shell(chip, tmp_path):
    client, _firm = chip
    (tmp_path / "products.csv").write_text("model,name,track,maturity\nE5,芯片,design,volume\n", encoding="utf-8")
    command = [sys.executable, EXAMPLES / "sync_products.py", client.url, tmp_path / "products.csv"]
    result = subprocess.run(command, env={"KAIJING_TOKEN": client.token}, capture_output=True, text=True, check=False)
    assert "1 added" in result.stdout, result.stderr
