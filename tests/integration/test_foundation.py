"""The ground that all other tests stand on: databases that start anew, one transaction per request, headers."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from app.accounts.models import User
from app.actor import SYSTEM
from app.audit import operations as audit
from app.audit.models import AuditEntry
from app.taxonomy.models import Domain


@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_starts_with_reference_data_and_nothing_else(session, _round, now):
    assert session.scalar(select(func.count()).select_from(Domain)) == 5
    assert session.scalar(select(func.count()).select_from(User)) == 0
    session.add(User(email="a@example.com", name="A", password_hash="", created_at=now))
    session.commit()


def test_the_audit_log_starts_anew_and_refuses_changes(session, now, tamper):
    user = User(email="a@example.com", name="A", password_hash="", created_at=now)
    session.add(user)
    session.flush()
    audit.record(session, "accounts.create", user, actor=SYSTEM, now=now)
    session.commit()
    assert session.scalars(select(AuditEntry.seq)).all() == [1]
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("DELETE FROM audit_entries"))
    session.rollback()
    tamper("DELETE FROM audit_details")


def test_an_unknown_address_answers_404_with_every_security_header(client):
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_mail_server_takes_mail(mailbox, app):
    assert app.config["MAIL_URL"].startswith("smtp://127.0.0.1:")
    assert mailbox.messages == []


def test_a_database_is_emptied_within_a_test(session, fresh_database, now):
    session.add(User(email="a@example.com", name="A", password_hash="", created_at=now))
    session.commit()
    assert fresh_database().scalar(select(func.count()).select_from(User)) == 0


def test_an_empty_outbox_needs_no_work(worker):
    assert worker() == 0
