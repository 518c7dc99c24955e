"""The index never lies about what it holds: killed writers, full disks, torn files, two writers, folders that go."""

import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import threading
import time

import pytest

from search_index import bulk, commits
from search_index.engine import EVERYBODY, Changes, IndexBusy, IndexUnavailable, Request
from search_index.opening import open_engine
from tests.support.search import document

forked = multiprocessing.get_context("fork")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def engine(folder):
    engine = open_engine(f"whoosh:{folder}")
    engine.rebuild(document(str(number), f"雷达 {number}") for number in range(20))
    return engine


def other(folder):
    """An engine as another process has it."""
    return open_engine(f"whoosh:{folder}")


def titles(engine, query="雷达"):
    return {hit.id for hit in engine.search(Request(query, per_page=1000)).hits}


def segments(folder):
    return sorted(path for path in folder.iterdir() if path.name.startswith("segment"))


USES = {
    "search": lambda engine: engine.search(Request("雷达")),
    "suggest": lambda engine: engine.suggest("雷", kinds=frozenset(), readers=frozenset({EVERYBODY})),
    "apply": lambda engine: engine.apply(Changes(put=[document("new", "雷达")])),
    "snapshot": lambda engine: engine.snapshot(),
    "status": lambda engine: engine.status(),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
class TestAnIndexThatCannotBeUsed:
    def test_is_said_to_be_missing(self, folder, use):
        with pytest.raises(IndexUnavailable, match="no index"):
            use(other(folder))

    def test_is_noticed_when_its_folder_goes_under_a_running_process(self, engine, folder, use):
        titles(engine)
        shutil.rmtree(folder)
        with pytest.raises(IndexUnavailable):
            use(engine)
        assert not folder.exists()

    @pytest.mark.parametrize("cut", [0, 100, 1, -1], ids=["to nothing", "to a hundred bytes", "by a byte", "by a flipped bit"])
    def test_is_said_to_be_torn(self, engine, folder, use, cut):
        path = segments(folder)[0]
        content = bytearray(path.read_bytes())
        content[200] ^= cut == -1
        path.unlink()
        path.write_bytes(content[: {-1: len(content), 1: len(content) - 1}.get(cut, cut)])
        with pytest.raises(IndexUnavailable, match="torn"):
            use(other(folder))

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"make": "1", "commit": 1}', "\0" * 300], ids=repr)
    def test_is_said_to_have_an_unreadable_manifest(self, engine, folder, use, content):
        (folder / "manifest.json").write_text(content)
        with pytest.raises(IndexUnavailable):
            use(engine)

    def test_is_said_to_be_of_another_make(self, engine, folder, use):
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | {"make": "0-of-last-year"}))
        with pytest.raises(IndexUnavailable, match="another make"):
            use(engine)

    def test_is_noticed_when_a_segment_is_missing(self, engine, folder, use):
        segments(folder)[0].unlink()
        with pytest.raises(IndexUnavailable, match="lacks a file"):
            use(other(folder))


def test_a_rebuild_mends_a_torn_index(engine, folder):
    (folder / "manifest.json").write_text("{")
    assert other(folder).rebuild([document("1", "雷达")]) == 1
    assert titles(engine) == {"1"}


def test_another_process_sees_a_commit_with_its_next_search(engine, folder):
    reader = other(folder)
    assert "new" not in titles(reader)
    engine.apply(Changes(put=[document("new", "雷达")], remove=["0", "no such id"]))
    assert titles(reader) == {"new", *map(str, range(1, 20))}
    assert reader.status().commit == engine.status().commit == 2


def test_applying_twice_changes_nothing(engine):
    changes = Changes(put=[document("3", "碳化硅", version=2)], remove=["4"])
    engine.apply(changes)
    once = engine.snapshot()
    engine.apply(changes)
    assert engine.snapshot() == once == {str(number): 1 + (number == 3) for number in range(20) if number != 4}
    assert titles(engine, "碳化硅") == {"3"}


def test_what_is_both_put_and_removed_is_gone_and_of_two_with_an_id_the_last_stays(engine):
    engine.apply(Changes(put=[document("a", "雷达"), document("b", "雷达"), document("b", "激光")], remove=["a"]))
    assert "a" not in engine.snapshot()
    assert titles(engine, "激光") == {"b"}
    assert engine.rebuild([document("b", "雷达"), document("b", "激光")]) == 1
    assert titles(engine, "激光") == {"b"}


def test_an_index_can_be_emptied_and_filled_again(engine):
    engine.apply(Changes(remove=[str(number) for number in range(20)]))
    assert (engine.status().documents, engine.snapshot(), titles(engine, "")) == (0, {}, set())
    engine.apply(Changes(put=[document("1", "雷达")]))
    assert titles(engine) == {"1"}
    assert engine.rebuild([]) == 0
    assert engine.search(Request("雷达", facets=("status",))).facets == {"status": {}}


def test_many_single_changes_leave_few_segments(engine, folder):
    for number in range(60):
        engine.apply(Changes(put=[document(f"n{number % 40}", "雷达", version=number)]))
    assert len(engine.snapshot()) == 60
    assert len(segments(folder)) <= 4


def test_many_documents_are_built_by_several_processes(engine, folder, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 10)
    assert engine.rebuild(document(str(number % 55), f"雷达 {number}") for number in range(60)) == 55
    assert titles(engine) == set(map(str, range(55)))
    assert [path.name for path in folder.iterdir() if path.is_dir()] == []


def test_readers_go_on_while_the_index_is_rebuilt(engine, folder):
    reader, seen, stop = other(folder), set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(len(titles(reader)))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for size in (25, 30, 35):
        other(folder).rebuild(document(str(number), "雷达") for number in range(size))
    stop.set()
    for thread in threads:
        thread.join()
    assert seen <= {20, 25, 30, 35}
    assert len(titles(reader)) == 35


def test_its_size_is_told_while_another_process_commits(engine, folder):
    def write():
        mine = other(folder)
        for number in range(100):
            mine.apply(Changes(put=[document(str(number % 20), "雷达", version=number)]))

    writer = forked.Process(target=write)
    writer.start()
    while writer.is_alive():
        assert engine.status().documents == 20
    assert (writer.exitcode, engine.status().size_bytes > 0) == (0, True)


def test_a_rebuild_that_fails_leaves_the_live_index(engine, folder):
    def documents():
        yield document("new", "雷达")
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        engine.rebuild(documents())
    with pytest.raises(ValueError, match="no such fields"):
        engine.apply(Changes(put=[document("new", "雷达", nonsense="x")]))
    assert len(titles(engine)) == 20
    assert engine.status().commit == 1


def test_a_second_writer_is_told_that_the_index_is_busy(engine, folder, monkeypatch):
    monkeypatch.setattr(commits, "PATIENCE", 0.05)
    with commits.writing(folder):
        for write in (lambda: engine.rebuild([]), lambda: engine.apply(Changes(remove=["1"]))):
            with pytest.raises(IndexBusy):
                write()
        assert len(titles(engine)) == 20
    engine.apply(Changes(remove=["1"]))


def test_two_writers_at_once_lose_nothing(engine, folder):
    def write(name):
        mine = other(folder)
        for number in range(25):
            mine.apply(Changes(put=[document(f"{name}{number}", "雷达")]))

    writers = [forked.Process(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(titles(engine)) == 70


def test_a_disk_that_fills_up_during_a_commit_leaves_the_last_one(engine, folder):
    before = engine.snapshot()

    def write_too_much(result):
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
        mine, refused = other(folder), 0
        for use in (mine.rebuild, lambda documents: mine.apply(Changes(put=documents))):
            try:
                use([document(str(number), "雷达" * 50) for number in range(100)])
            except OSError:
                refused += 1
        result.send(refused)

    receiver, sender = forked.Pipe(duplex=False)
    process = forked.Process(target=write_too_much, args=(sender,))
    process.start()
    assert receiver.recv() == 2
    process.join(30)
    assert engine.snapshot() == before
    assert len(segments(folder)) == 1
    engine.apply(Changes(put=[document("new", "雷达")]))
    assert len(titles(engine)) == 21


def test_a_writer_killed_at_any_moment_leaves_the_last_commit_whole(folder):
    chance = random.Random(8)
    engine = other(folder)
    engine.rebuild([])

    def write(acknowledged, first):
        mine = other(folder)
        for number in range(first, first + 10_000):
            mine.apply(
                Changes(put=[document(str(number % 50), f"雷达 {number}", version=number)], remove=[str((number * 7) % 50 + 100)])
            )
            os.write(acknowledged, b".")

    done = 0
    for _ in range(30):
        readable, writable = os.pipe()
        writer = forked.Process(target=write, args=(writable, done))
        writer.start()
        os.close(writable)
        os.read(readable, 1)
        time.sleep(chance.random() * 0.04)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        with open(readable, "rb") as pipe:
            told = done + 1 + len(pipe.read())
        held = engine.snapshot()
        expected = [{str(number % 50): number for number in range(count)} for count in (told, told + 1)]
        assert held in expected  # the commit under way may have been done, and nobody told
        done = told + expected.index(held)
        assert titles(engine) == set(held)
    engine.apply(Changes())
    assert len(segments(folder)) <= 3


def test_what_a_killed_writer_left_is_cleared_by_the_next(engine, folder):
    (folder / "segment-9-0-orphan").write_bytes(b"half")
    (folder / "building-orphan").mkdir()
    (folder / "building-orphan" / "0").write_bytes(b"half")
    engine.apply(Changes(put=[document("new", "雷达")]))
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "lock", *(path.name for path in segments(folder))}
    assert not (folder / "segment-9-0-orphan").exists()


def test_an_address_of_another_kind_is_refused():
    for address in ("elastic:http://search", "whoosh:", "whoosh"):
        with pytest.raises(ValueError, match="no search engine"):
            open_engine(address)


def test_a_forked_process_searches_what_its_parent_opened(engine):
    titles(engine)
    receiver, sender = forked.Pipe(duplex=False)
    process = forked.Process(target=lambda: sender.send(len(titles(engine))))
    process.start()
    process.join(30)
    assert receiver.recv() == 20
