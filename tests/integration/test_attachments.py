"""Uploads that must not get in, and downloads: to whom a file is handed out, and how."""

import errno
import os
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import web
from app import worker as worker_module
from app.attachments import operations, queries, storage
from app.attachments.models import Attachment, Visibility
from app.audit.models import AuditDetail
from app.errors import Invalid
from app.products import operations as products
from app.projects import operations as projects
from app.scenarios.models import Confidentiality
from app.solutions.operations import attach_file, begin_revision, submit_solution
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import EXECUTABLE, PDF, AttachmentFactory, posted, store_of_app, upload
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.products import product_of
from tests.factories.scenarios import draft_scenario

MEBIBYTE = 1024 * 1024


@pytest.fixture
def firm(session):
    return OrganizationFactory()


@pytest.fixture
def person(firm):
    return member_of(firm)


@pytest.fixture
def product(person, now):
    return product_of(actor_of(person), now)


@pytest.fixture
def owner(person, sign_in):
    return sign_in(person)


def stored(session, now, content=PDF, name="datasheet.pdf", visibility=Visibility.RESTRICTED, **owner):
    return operations.store(
        session,
        upload(content, name),
        owner=owner,
        into=store_of_app(),
        actor=actor_of(UserFactory()),
        now=now,
        visibility=visibility,
    )


def refused(call):
    with pytest.raises(Invalid) as raised:
        call()
    return {field: [str(reason) for reason in reasons] for field, reasons in raised.value.fields.items()}


def files_in_store(app):
    return [path for path in app.config["UPLOAD_DIR"].rglob("*") if path.is_file()]


def test_a_stored_file_is_named_in_the_audit_log(app, session, now, firm):
    attachment = stored(session, now, organization_id=firm.id)
    session.commit()
    assert (attachment.size, attachment.media_type) == (len(PDF), "application/pdf")
    assert attachment.owner == ("organization_id", firm.id)
    assert storage.place(app.config["UPLOAD_DIR"], attachment.sha256).read_bytes() == PDF
    assert session.scalars(select(AuditDetail.action)).all() == ["attachment.stored"]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "empty.pdf", "The file is empty."),
        (b"", "empty.txt", "The file is empty."),
        (EXECUTABLE, "sheet.pdf", "not what its name says"),
        (PDF, "sheet.exe", "not what its name says"),
        (PDF, "sheet", "not what its name says"),
    ],
)
def test_a_file_that_is_not_taken_leaves_nothing_behind(app, session, now, firm, content, name, reason):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        reasons = refused(lambda: stored(session, now, content, name, organization_id=firm.id))
    assert reason in reasons["file"][0]
    assert session.scalar(select(func.count()).select_from(Attachment)) == 0
    assert files_in_store(app) == []


def test_a_file_just_under_the_limit_is_taken_and_one_just_over_it_is_not(app, session, now, firm):
    app.config["UPLOAD_LIMIT"] = MEBIBYTE
    text = b"x" * MEBIBYTE
    assert stored(session, now, text, "a.txt", organization_id=firm.id).size == MEBIBYTE
    assert set(refused(lambda: stored(session, now, text + b"x", "a.txt", organization_id=firm.id))) == {"file"}


def test_a_record_holds_so_many_files_and_no_more(session, now, firm, product):
    for owner in ({"product_id": product.id}, {"organization_id": firm.id}):
        for number in range(operations.MOST_FILES):
            stored(session, now, b"sheet %d" % number, "sheet.txt", **owner)
        assert set(refused(lambda owner=owner: stored(session, now, b"one more", "more.txt", **owner))) == {"file"}


def test_equal_files_of_two_records_share_their_bytes(app, session, now, firm, product):
    first = stored(session, now, organization_id=firm.id)
    second = stored(session, now, product_id=product.id)
    copied = operations.copy(session, first, owner={"product_id": product.id})
    assert first.sha256 == second.sha256 == copied.sha256
    assert len(files_in_store(app)) == 1
    operations.remove(session, first, actor=actor_of(UserFactory()), now=now)
    assert queries.used_digests(session) == {second.sha256}


@pytest.mark.parametrize("owner", [{}, {"organization_id": None, "product_id": None}, {"user_id": None}])
def test_a_file_has_exactly_one_owner(session, now, owner):
    with pytest.raises(ValueError, match="one owner"):
        stored(session, now, **owner)


def test_the_database_too_holds_a_file_to_one_owner(session, now, firm, product):
    with pytest.raises(IntegrityError):
        AttachmentFactory(organization_id=firm.id, product_id=product.id)


def test_a_full_disk_is_told_at_the_field_and_leaves_nothing_behind(app, session, owner, product, monkeypatch, caplog):
    def no_space(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage.os, "fsync", no_space)
    answer = owner.post(f"/products/{product.id}/documents", data={"file": posted()})
    assert answer.status_code == 422
    assert "The file could not be stored. Please try again later." in answer.text
    assert "No space left on device" in caplog.text
    assert files_in_store(app) == []
    monkeypatch.undo()
    assert owner.post(f"/products/{product.id}/documents", data={"file": posted()}).status_code == 302


def test_an_upload_of_200_mb_is_refused(app, session, owner, product):
    class Endless:
        """As many zeros as are asked for; nobody should read them all."""

        read_so_far = 0

        def read(self, size=-1):
            self.read_so_far += max(size, 0)
            return b"\0" * max(size, 0)

        readline = read

    body = Endless()
    answer = owner.post(
        f"/products/{product.id}/documents",
        environ_overrides={
            "wsgi.input": body,
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": str(200 * MEBIBYTE),
        },
    )
    assert answer.status_code == 413
    assert "Upload too large" in answer.text
    assert body.read_so_far < 23 * MEBIBYTE
    assert files_in_store(app) == []


def test_a_path_in_a_files_name_goes_nowhere(app, session, owner, product):
    owner.post(f"/products/{product.id}/documents", data={"file": posted(name="../../../etc/cron.d/job.pdf")})
    session.rollback()
    (attachment,) = session.scalars(select(Attachment)).all()
    assert attachment.name == "job.pdf"
    assert files_in_store(app) == [storage.place(app.config["UPLOAD_DIR"], attachment.sha256)]


def test_a_download_is_saved_and_never_shown_within_the_site(client, session, now, product):
    attachment = stored(session, now, name='数据 "手册".pdf', product_id=product.id)
    answer = client.get(f"/attachments/{attachment.id}")
    assert answer.data == PDF
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E6%95%B0%E6%8D%AE%20%22%E6%89%8B%E5%86%8C%22.pdf" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"


def test_a_file_whose_content_is_gone_is_not_found_and_noted(app, client, session, now, product, caplog):
    attachment = stored(session, now, product_id=product.id)
    storage.place(app.config["UPLOAD_DIR"], attachment.sha256).unlink()
    assert client.get(f"/attachments/{attachment.id}").status_code == 404
    assert f"the content of attachment {attachment.id} is missing" in caplog.text


def test_a_file_that_never_was_is_not_found(client):
    assert client.get("/attachments/00000000-0000-0000-0000-000000000000").status_code == 404
    assert client.get("/attachments/1").status_code == 404


# To whom each kind of file is handed out, written down anew; for everybody else it does not exist.
PEOPLE = (
    "visitor", "stranger", "unverified", "anchor", "chip", "rival", "expert",
    "reviewer", "approver", "operator", "auditor", "admin",
)  # fmt: skip
STAFF = {"reviewer", "approver", "auditor"}
VERIFIED = {"stranger", "anchor", "chip", "rival"}
READERS = {
    "licence": {"chip"} | STAFF,
    "document": set(PEOPLE),
    "document of a retired product": {"chip"} | STAFF,
    "file of a draft": {"anchor", "auditor"},
    "public file": set(PEOPLE),
    "restricted file": VERIFIED | {"expert"} | STAFF,
    "file for verified firms": VERIFIED | {"expert"} | STAFF,
    "file for the invited": {"anchor", "expert"} | STAFF,
    "solution before closing": {"chip", "auditor"},
    "sealed solution before closing": {"chip"},
    "solution": {"chip", "anchor", "expert"} | STAFF,
    "sealed solution": {"chip", "anchor", "expert"} | STAFF,
    "earlier version": {"chip"},
    "evidence": {"chip", "anchor"} | STAFF,
}


class Cast(MatchWorld):
    """Everybody who might ask for a file, and every kind of file. Nobody's sign-in runs out before the closing."""

    @property
    def closing(self):
        return self.now + timedelta(days=2)

    def people(self, sign_in, client):
        self.firm("stranger")
        self.firm("unverified", verified=False)
        roles = {"reviewer", "approver", "operator", "auditor", "admin"}
        return {name: client if name == "visitor" else sign_in(self.user(name, *(roles & {name}))) for name in PEOPLE}

    def answered(self, **changes):
        """A scenario with two answers and an evaluator; gives the first answer, with a file."""
        scenario = self.scenario(**changes)
        solution = self.draft(scenario)
        attachment = attach_file(self.session, solution, upload(), into=store_of_app(), actor=self.chip(), now=self.now)
        self.fill(solution)
        submit_solution(self.session, solution, actor=self.chip(), now=self.now)
        self.submitted(scenario, "rival")
        self.evaluator(scenario)
        return solution, attachment

    def file(self, kind):
        """A file of this kind, and the moment at which it is asked for."""
        self.anchor(), self.chip(), self.chip("rival"), self.user("expert", "evaluator")
        if kind == "licence":
            return stored(self.session, self.now, organization_id=self.firms["chip"].id), self.now
        if kind.startswith("document"):
            product = self.product()
            if "retired" in kind:
                products.retire_product(self.session, product.id, actor=self.chip(), now=self.now)
            return stored(self.session, self.now, product_id=product.id), self.now
        if kind == "file of a draft":
            draft = draft_scenario(self.anchor(), self.now)
            return stored(self.session, self.now, visibility=Visibility.PUBLIC, scenario_id=draft.id), self.now
        if kind == "evidence":
            project = self.project()
            milestone = projects.add_milestone(
                self.session, project, uuid.uuid4(), name="Board", due_on=project.approved_on, actor=self.chip(), now=self.later
            )
            return stored(self.session, self.later, milestone_id=milestone.id), self.later
        if "solution" in kind or kind == "earlier version":
            solution, attachment = self.answered(sealed="sealed" in kind)
            if kind == "earlier version":
                begin_revision(self.session, solution, actor=self.chip(), now=self.now)
                self.fill(solution, summary="Better.")
                submit_solution(self.session, solution, actor=self.chip(), now=self.now)
            if "before" in kind:
                return attachment, self.now
            self.close()
            return attachment, self.later
        confidentiality = {
            "file for verified firms": Confidentiality.VERIFIED,
            "file for the invited": Confidentiality.INVITED,
        }.get(kind, Confidentiality.PUBLIC)
        scenario = self.scenario(confidentiality=confidentiality)
        self.evaluator(scenario)
        visibility = Visibility.RESTRICTED if kind == "restricted file" else Visibility.PUBLIC
        return stored(self.session, self.now, visibility=visibility, scenario_id=scenario.id), self.now


@pytest.mark.parametrize("kind", sorted(READERS))
def test_a_file_is_handed_out_to_exactly_those_who_may_see_its_record(client, sign_in, session, now, kind, monkeypatch):
    cast = Cast(session, now)
    attachment, moment = cast.file(kind)
    people = cast.people(sign_in, client)
    monkeypatch.setattr(web.clock, "utcnow", lambda: moment)
    answers = {name: browser.get(f"/attachments/{attachment.id}").status_code for name, browser in people.items()}
    assert answers == {name: 200 if name in READERS[kind] else 404 for name in PEOPLE}


def age(path, now, **ago):
    moment = (now - timedelta(**ago)).timestamp()
    os.utime(path, (moment, moment))


def test_the_worker_clears_away_what_no_record_names_once_an_hour(app, session, now, firm, product):
    used = stored(session, now, organization_id=firm.id)
    unused = stored(session, now, b"text\n", "a.txt", product_id=product.id)
    operations.remove(session, unused, actor=actor_of(UserFactory()), now=now)
    session.commit()
    places = {name: storage.place(app.config["UPLOAD_DIR"], row.sha256) for name, row in (("used", used), ("unused", unused))}

    def run(moment):
        worker_module.run_jobs(session, now=moment)
        return {name for name, path in places.items() if path.exists()}

    assert run(now) == {"used", "unused"}
    for path in places.values():
        age(path, now, hours=25)
    assert run(now + timedelta(minutes=59)) == {"used", "unused"}
    assert run(now + timedelta(hours=1, seconds=1)) == {"used"}


def test_there_is_nothing_to_clear_away_before_the_first_upload(app, session, now):
    assert operations.remove_unused_due(session, now=now, directory=app.config["UPLOAD_DIR"]) == 0
    assert not app.config["UPLOAD_DIR"].exists()
