"""Names and contents of uploaded files, and where they lie."""

import os
import time
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attachments import kinds, storage
from app.attachments.operations import LONGEST_NAME, clean_name
from tests.factories.attachments import EXECUTABLE, PDF, PNG, office


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\system32\\x.pdf", "x.pdf"),
        ("C:\\Users\\Zhou\\数据手册.pdf", "数据手册.pdf"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("  spaced .pdf ", "spaced .pdf"),
        ("in\u202efdp.exe", "infdp.exe"),
        ("line\r\nbreak\x00.pdf", "linebreak.pdf"),
        ("a" * 500 + ".pdf", "a" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_keeps_its_last_part_without_anything_invisible(given_name, kept):
    assert clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_a_clean_name_is_short_visible_and_stays_clean(name):
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= LONGEST_NAME
    assert not set(cleaned) & set("/\\\0\r\n")
    assert cleaned not in {".", ".."}


def recognised(tmp_path, name: str, content: bytes) -> str | None:
    path = tmp_path / "content"
    path.write_bytes(content)
    kind = kinds.recognise(name, path)
    return kind.media_type if kind else None


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        ("a.docx", office("word"), f"{kinds.OFFICE}.wordprocessingml.document"),
        ("a.xlsx", office("xl"), f"{kinds.OFFICE}.spreadsheetml.sheet"),
        ("a.pptx", office("ppt"), f"{kinds.OFFICE}.presentationml.presentation"),
        ("a.txt", "工作频率 76～81 GHz\r\n".encode(), "text/plain"),
        ("a.csv", "参数,数值\n".encode("gb18030"), "text/csv"),
        ("a.md", b"# title\n", "text/markdown"),
    ],
)
def test_a_file_whose_content_agrees_with_its_name_is_taken(tmp_path, name, content, media_type):
    assert recognised(tmp_path, name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", EXECUTABLE),
        ("a.pdf", b"#!/bin/sh\nrm -rf /\n"),
        ("a.png", PDF),
        ("a.exe", EXECUTABLE),
        ("a.html", b"<script>alert(1)</script>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("pdf", PDF),
        ("a.txt", b"\x7fELF\x02\x01\x01\x00"),
        ("a.txt", b"\xff\xfe\xfd"),
        ("a.docx", office("xl")),
        ("a.docx", office("word", "word/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 no archive"),
    ],
)
def test_a_file_of_another_kind_or_under_a_wrong_name_is_not_taken(tmp_path, name, content):
    assert recognised(tmp_path, name, content) is None


@given(st.binary(max_size=300), st.sampled_from(sorted(kinds.KINDS)))
def test_any_bytes_under_any_name_get_a_verdict(tmp_path, content, ending):
    assert recognised(tmp_path, f"a.{ending}", content) in {None, kinds.KINDS[ending].media_type}


def kept(tmp_path, content: bytes):
    with storage.receive(tmp_path, BytesIO(content), limit=1000) as received:
        storage.keep(tmp_path, received)
    return storage.place(tmp_path, received.sha256)


def test_equal_files_share_one_place(tmp_path):
    assert kept(tmp_path, b"one") == kept(tmp_path, b"one")
    assert kept(tmp_path, b"two") != kept(tmp_path, b"one")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_a_file_over_the_limit_leaves_nothing_behind(tmp_path):
    with pytest.raises(storage.OverLimit), storage.receive(tmp_path, BytesIO(b"x" * 1001), limit=1000):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_kept_is_gone_after_the_block(tmp_path):
    with storage.receive(tmp_path, BytesIO(b"x"), limit=1000) as received:
        assert received.path.read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == []


def age(path, days: float) -> None:
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))


def test_what_no_record_names_is_removed_once_it_is_old(tmp_path):
    used, unused, young = kept(tmp_path, b"used"), kept(tmp_path, b"unused"), kept(tmp_path, b"young")
    broken_off = tmp_path / ".incoming-1"
    broken_off.write_bytes(b"half")
    for path in (used, unused, broken_off):
        age(path, 2)
    assert storage.remove_unused(tmp_path, {used.name}, older_than=time.time() - 86400) == 2
    assert used.exists()
    assert young.exists()
    assert not unused.exists()
    assert not broken_off.exists()


def test_old_content_that_is_kept_again_becomes_young(tmp_path):
    path = kept(tmp_path, b"again")
    age(path, 2)
    kept(tmp_path, b"again")
    assert storage.remove_unused(tmp_path, set(), older_than=time.time() - 86400) == 0
    assert path.exists()
