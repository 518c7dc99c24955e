"""Registering, verifying and keeping organisations, and the people of one."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import tokens
from app.accounts.operations import set_roles
from app.accounts.personal import erase, exported
from app.actor import Role
from app.audit.models import AuditDetail
from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WrongState
from app.notifications.models import Notification
from app.organizations import operations, queries
from app.organizations.handlers import JOINING
from app.organizations.models import ColleagueInvitation, Membership, Organization, OrganizationStatus
from app.organizations.operations.members import INVITATION_LASTS
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import EXECUTABLE, store_of_app, upload
from tests.factories.organizations import (
    OrganizationFactory,
    firm_actor,
    member_of,
    organization_content,
    registered,
    reviewer,
)


def applicant():
    return actor_of(UserFactory())


def owner_of(organization):
    return actor_of(member_of(organization))


def registering(session, now, actor, content=None, licence="licence.pdf", **changes):
    return operations.register_organization(
        session,
        content or organization_content(),
        organization_id=changes.pop("organization_id", uuid.uuid4()),
        licence=upload(name=licence) if licence else None,
        into=store_of_app(),
        actor=actor,
        now=now,
    )


def problems(call):
    with pytest.raises(Invalid) as raised:
        call()
    return set(raised.value.fields)


def actions(session):
    session.commit()
    return list(session.scalars(select(AuditDetail.action).order_by(AuditDetail.seq)))


def kinds_told(session, user):
    return list(session.scalars(select(Notification.kind).where(Notification.user_id == user.id)))


def test_the_applicant_owns_a_new_firm_that_waits_with_its_licence(session, now):
    user = UserFactory()
    organization = registered(actor_of(user), now)
    assert organization.status is OrganizationStatus.PENDING
    assert actor_of(user).owns(organization.id)
    assert not actor_of(user).acts_for(organization.id)
    assert queries.has_licence(session, organization.id)
    assert organization.short_en == organization.name_en
    assert actions(session) == ["attachment.stored", "organization.registered"]


def test_registering_twice_with_one_id_registers_once(session, now):
    user, organization_id = UserFactory(), uuid.uuid4()
    content = organization_content()
    for _ in range(2):
        registering(session, now, actor_of(user), content, organization_id=organization_id)
    assert session.scalar(select(func.count()).select_from(Organization)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name_zh": ""}, "name_zh"),
        ({"credit_code": "914403001922038217"}, "credit_code"),
        ({"credit_code": ""}, "credit_code"),
        ({"is_chip": False}, "is_chip"),
        ({"area_code": "moon"}, "area_code"),
        ({"area_code": ""}, "area_code"),
        ({"track_codes": ()}, "track_codes"),
        ({"track_codes": ("design", "moon")}, "track_codes"),
    ],
)
def test_a_field_that_does_not_pass_is_named(session, now, change, field):
    content = organization_content(**change)
    assert problems(lambda: registering(session, now, applicant(), content)) == {field}


def test_everything_that_is_wrong_is_named_at_once(session, now):
    content = organization_content(name_zh="", credit_code="1", area_code="", track_codes=())
    assert problems(lambda: registering(session, now, applicant(), content)) == {
        "name_zh", "credit_code", "area_code", "track_codes",
    }  # fmt: skip


def test_a_credit_code_is_registered_once_however_it_is_written(session, now):
    content = organization_content()
    registering(session, now, applicant(), content)
    again = replace(content, credit_code=f" {content.credit_code.lower()} ")
    assert problems(lambda: registering(session, now, applicant(), again)) == {"credit_code"}


def test_a_licence_that_cannot_be_read_is_not_taken(session, now):
    assert problems(lambda: registering(session, now, applicant(), licence="licence.exe")) == {"licence"}


def test_a_verified_firm_may_write_and_its_people_are_told(session, now, worker):
    user = UserFactory()
    organization = registered(actor_of(user), now)
    operations.verify_organization(session, organization.id, actor=reviewer(), now=now)
    worker()
    assert actor_of(user).acts_for(organization.id)
    assert organization.verified_at == now
    assert kinds_told(session, user) == ["organization.verified"]


def test_reviewers_hear_of_a_firm_that_waits(session, now, worker):
    user = UserFactory(is_reviewer=True)
    registered(applicant(), now)
    worker()
    assert kinds_told(session, user) == ["organization.applied"]


def test_no_firm_is_verified_without_its_licence(session, now):
    user = UserFactory()
    organization = registering(session, now, actor_of(user), licence=None)
    assert problems(lambda: operations.verify_organization(session, organization.id, actor=reviewer(), now=now)) == {"licence"}
    operations.attach_licence(session, organization.id, upload(), into=store_of_app(), actor=actor_of(user), now=now)
    assert operations.verify_organization(session, organization.id, actor=reviewer(), now=now).is_verified


def test_a_refused_firm_hears_why_and_applies_again(session, now, worker):
    user = UserFactory()
    organization = registered(actor_of(user), now)
    assert problems(lambda: operations.refuse_organization(session, organization.id, reason=" ", actor=reviewer(), now=now)) == {
        "reason"
    }
    operations.refuse_organization(session, organization.id, reason="The licence cannot be read.", actor=reviewer(), now=now)
    worker()
    assert organization.status is OrganizationStatus.REFUSED
    told = session.scalars(select(Notification).where(Notification.user_id == user.id)).one()
    assert told.params["reason"] == "The licence cannot be read."
    operations.attach_licence(session, organization.id, upload(), into=store_of_app(), actor=actor_of(user), now=now)
    later = now + timedelta(days=1)
    operations.apply_again(session, organization.id, actor=actor_of(user), now=later)
    assert (organization.status, organization.applied_at) == (OrganizationStatus.PENDING, later)
    assert queries.pending(session) == [organization]


def test_a_licence_that_is_none_is_not_attached(session, now):
    organization = OrganizationFactory(unverified=True)
    owner = owner_of(organization)
    assert problems(
        lambda: operations.attach_licence(session, organization.id, upload(EXECUTABLE), into=store_of_app(), actor=owner, now=now)
    ) == {"file"}


def content_of(organization, **changes):
    values = {name: getattr(organization, name) for name in operations.records.FIELDS}
    return organization_content(**{**values, "track_codes": tuple(track.code for track in organization.tracks), **changes})


def edited(session, organization, actor, now, version=None, **changes):
    return operations.edit_organization(
        session, organization.id, content_of(organization, **changes), version=version, actor=actor, now=now
    )


def verified(session, now):
    user = UserFactory()
    organization = registered(actor_of(user), now)
    operations.verify_organization(session, organization.id, actor=reviewer(), now=now)
    return organization, actor_of(user)


@pytest.mark.parametrize("change", [{"name_zh": "另一家"}, {"credit_code": "914403001922038216"}])
def test_a_verified_firm_that_changes_its_identity_is_verified_anew(session, now, change):
    organization, owner = verified(session, now)
    edited(session, organization, owner, now + timedelta(hours=1), **change)
    assert organization.status is OrganizationStatus.PENDING
    assert organization.verified_at is None
    assert organization.verified_by is None


def test_other_changes_leave_a_firm_verified(session, now):
    organization, owner = verified(session, now)
    edited(session, organization, owner, now, profile_zh="新简介", area_code="him", track_codes=("design", "packaging"))
    assert organization.is_verified
    assert organization.profile_zh == "新简介"


def test_a_change_that_does_not_pass_is_refused(session, now):
    organization, owner = verified(session, now)
    assert problems(lambda: edited(session, organization, owner, now, credit_code="1")) == {"credit_code"}


def test_the_second_editor_of_a_firm_is_told_even_if_only_tracks_were_changed(session, now):
    organization, owner = verified(session, now)
    read = organization.version
    edited(session, organization, owner, now, version=read, track_codes=("packaging",))
    session.flush()
    with pytest.raises(Stale):
        edited(session, organization, owner, now, version=read, track_codes=("design",))


def invited(session, organization, actor, now, email="colleague@example.com", owner=False):
    return operations.invite_colleague(session, organization.id, email=email, owner=owner, actor=actor, now=now)


def test_an_invited_colleague_joins_by_the_letter(session, now, worker, mailbox):
    organization = OrganizationFactory(name_zh="开睿")
    owner = member_of(organization)
    invitation = invited(session, organization, actor_of(owner), now, " Colleague@Example.com ")
    worker()
    letter = mailbox.text("colleague@example.com")
    assert owner.name in letter
    assert "开睿" in letter
    token = letter.split("/organizations/join/")[1].split()[0]
    assert tokens.read(JOINING, token, max_age=INVITATION_LASTS) == {"invitation_id": str(invitation.id)}
    colleague = UserFactory(email="colleague@example.com")
    for _ in range(2):
        operations.accept_invitation(session, invitation.id, user=colleague, actor=actor_of(colleague), now=now)
    worker()
    assert actor_of(colleague).acts_for(organization.id)
    assert not actor_of(colleague).owns(organization.id)
    assert kinds_told(session, owner) == ["organization.joined"]


def test_a_colleague_with_an_account_gets_the_letter_in_their_language(session, now, worker, mailbox):
    organization = OrganizationFactory(name_en="Kairui")
    UserFactory(email="english@example.com", locale="en")
    invited(session, organization, owner_of(organization), now, "english@example.com")
    worker()
    assert "invites you to Kairui" in mailbox.text("english@example.com")


def test_an_invitation_taken_back_before_the_mail_is_not_mailed(session, now, worker, mailbox):
    organization = OrganizationFactory()
    owner = owner_of(organization)
    invitation = invited(session, organization, owner, now)
    operations.revoke_invitation(session, invitation.id, actor=owner, now=now)
    worker()
    assert not mailbox.to("colleague@example.com")
    with pytest.raises(NotFound):
        operations.revoke_invitation(session, invitation.id, actor=owner, now=now)


@pytest.mark.parametrize(
    ("email", "confirmed", "hours"),
    [("other@example.com", True, 0), ("colleague@example.com", False, 0), ("colleague@example.com", True, 14 * 24)],
)
def test_an_invitation_is_for_its_address_confirmed_and_in_time(session, now, email, confirmed, hours):
    organization = OrganizationFactory()
    invitation = invited(session, organization, owner_of(organization), now)
    user = UserFactory(email=email, email_confirmed_at=now if confirmed else None)
    with pytest.raises(NotFound):
        operations.accept_invitation(session, invitation.id, user=user, actor=actor_of(user), now=now + timedelta(hours=hours))


def test_an_invitation_is_used_once(session, now):
    organization = OrganizationFactory()
    owner = owner_of(organization)
    invitation = invited(session, organization, owner, now)
    user = UserFactory(email="colleague@example.com")
    operations.accept_invitation(session, invitation.id, user=user, actor=actor_of(user), now=now)
    operations.remove_member(session, organization.id, user.id, actor=owner, now=now)
    with pytest.raises(NotFound):
        operations.accept_invitation(session, invitation.id, user=user, actor=actor_of(user), now=now)
    invited(session, organization, owner, now + timedelta(days=1), owner=True)
    operations.accept_invitation(session, invitation.id, user=user, actor=actor_of(user), now=now + timedelta(days=14))
    assert actor_of(user).owns(organization.id)
    assert session.scalar(select(func.count()).select_from(ColleagueInvitation)) == 1


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_an_auditor_or_system_administrator_joins_no_firm(session, now, role):
    organization = OrganizationFactory()
    invitation = invited(session, organization, owner_of(organization), now)
    person = UserFactory(email="colleague@example.com", **{f"is_{role}": True})
    with pytest.raises(Forbidden):
        operations.accept_invitation(session, invitation.id, user=person, actor=actor_of(person), now=now)


def test_a_duty_granted_while_somebody_joins_or_registers_a_firm_is_heeded(session, now):
    organization = OrganizationFactory()
    invitation = invited(session, organization, owner_of(organization), now)
    person = UserFactory(email="colleague@example.com")
    actor = actor_of(person)
    person.is_auditor = True
    with pytest.raises(Forbidden):
        operations.accept_invitation(session, invitation.id, user=person, actor=actor, now=now)
    with pytest.raises(Forbidden):
        registered(actor, now)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_somebody_of_a_firm_becomes_neither_auditor_nor_system_administrator(session, now, role):
    person, administrator = member_of(OrganizationFactory(unverified=True), owner=False), actor_of(UserFactory(is_admin=True))
    assert problems(lambda: set_roles(session, person, {role}, actor=administrator, now=now)) == {"roles"}
    assert not person.roles


def test_somebody_of_a_firm_may_become_a_reviewer(session, now):
    person = member_of(OrganizationFactory())
    set_roles(session, person, {Role.REVIEWER}, actor=actor_of(UserFactory(is_admin=True)), now=now)
    assert person.roles == {Role.REVIEWER}


def test_an_address_that_is_none_and_a_colleague_who_is_there_are_not_invited(session, now):
    organization = OrganizationFactory()
    owner = owner_of(organization)
    colleague = member_of(organization, owner=False)
    assert problems(lambda: invited(session, organization, owner, now, "nobody")) == {"email"}
    assert problems(lambda: invited(session, organization, owner, now, colleague.email)) == {"email"}


def test_a_firm_keeps_at_least_one_owner(session, now):
    organization = OrganizationFactory()
    first, second = member_of(organization), member_of(organization, owner=False)
    actor = actor_of(first)
    with pytest.raises(Conflict):
        operations.set_owner(session, organization.id, first.id, owner=False, actor=actor, now=now)
    with pytest.raises(Conflict):
        operations.remove_member(session, organization.id, first.id, actor=actor, now=now)
    operations.set_owner(session, organization.id, second.id, owner=True, actor=actor, now=now)
    operations.remove_member(session, organization.id, first.id, actor=actor, now=now)
    assert queries.owner_ids(session, organization.id) == [second.id]


def test_a_member_leaves_and_an_owner_removes_but_members_do_not_remove_each_other(session, now):
    organization = OrganizationFactory()
    owner = owner_of(organization)
    first, second, third = (member_of(organization, owner=False) for _ in range(3))
    with pytest.raises(Forbidden):
        operations.remove_member(session, organization.id, second.id, actor=actor_of(first), now=now)
    operations.remove_member(session, organization.id, first.id, actor=actor_of(first), now=now)
    operations.remove_member(session, organization.id, second.id, actor=owner, now=now)
    assert set(queries.member_ids(session, organization.id)) == {owner.user_id, third.id}


@pytest.mark.parametrize("stranger", [True, False])
def test_only_people_of_the_firm_are_made_owners_or_removed(session, now, stranger):
    organization = OrganizationFactory()
    owner, user_id = owner_of(organization), UserFactory().id if stranger else uuid.uuid4()
    with pytest.raises(NotFound):
        operations.set_owner(session, organization.id, user_id, owner=True, actor=owner, now=now)
    with pytest.raises(NotFound):
        operations.remove_member(session, organization.id, user_id, actor=owner, now=now)


@pytest.mark.parametrize(
    "call",
    [
        lambda session, **who: operations.verify_organization(session, uuid.uuid4(), **who),
        lambda session, **who: operations.remove_member(session, uuid.uuid4(), uuid.uuid4(), **who),
        lambda session, **who: operations.invite_colleague(session, uuid.uuid4(), email="a@example.com", **who),
        lambda session, **who: operations.revoke_invitation(session, uuid.uuid4(), **who),
    ],
)
def test_a_record_that_is_not_there_is_not_found(session, now, call):
    with pytest.raises(NotFound):
        call(session, actor=reviewer(), now=now)


def test_a_deleted_account_takes_its_memberships_and_invitations_along(session, now):
    organization = OrganizationFactory()
    owner = owner_of(organization)
    member = member_of(organization, owner=False)
    other = OrganizationFactory()
    invited(session, other, owner_of(other), now, member.email)
    session.flush()
    assert [row["firm"] for row in exported(session, member.id)["memberships"]] == [organization.name_zh]
    erase(session, member.id, now)
    assert queries.member_ids(session, organization.id) == [owner.user_id]
    assert session.scalar(select(func.count()).select_from(ColleagueInvitation)) == 0


def test_the_only_owner_of_a_firm_hands_it_over_before_the_account_goes(session, now):
    organization = OrganizationFactory()
    owner = member_of(organization)
    session.flush()
    with pytest.raises(Conflict):
        erase(session, owner.id, now)
    member_of(organization)
    session.flush()
    erase(session, owner.id, now)
    assert session.get(Membership, (organization.id, owner.id)) is None


# Who may do what in which state, written down anew: everything else is refused.
ACTORS = ("visitor", "stranger", "owner", "member", "reviewer", "reviewer_of_firm", "approver", "operator", "auditor", "admin")
SEES_UNVERIFIED = {"owner", "member", "reviewer", "reviewer_of_firm", "approver", "operator", "auditor", "admin"}
MAY = {
    "edit": {"owner"},
    "attach_licence": {"owner"},
    "apply_again": {"owner"},
    "invite": {"owner"},
    "set_owner": {"owner"},
    "verify": {"reviewer"},
    "refuse": {"reviewer"},
}
STATES = {
    "edit": {"pending", "verified", "refused"},
    "attach_licence": {"pending", "verified", "refused"},
    "set_owner": {"pending", "verified", "refused"},
    "apply_again": {"refused"},
    "verify": {"pending"},
    "refuse": {"pending"},
}
CALLS = {
    "edit": lambda session, o, **who: edited(session, o, who["actor"], who["now"]),
    "attach_licence": lambda session, o, **who: operations.attach_licence(session, o.id, upload(), into=store_of_app(), **who),
    "apply_again": lambda session, o, **who: operations.apply_again(session, o.id, **who),
    "invite": lambda session, o, **who: operations.invite_colleague(session, o.id, email="new@example.com", **who),
    "set_owner": lambda session, o, **who: operations.set_owner(session, o.id, o.second_id, owner=True, **who),
    "verify": lambda session, o, **who: operations.verify_organization(session, o.id, **who),
    "refuse": lambda session, o, **who: operations.refuse_organization(session, o.id, reason="No.", **who),
}


def expected(actor, action, state):
    if state != "verified" and actor not in SEES_UNVERIFIED:
        return NotFound
    if actor not in MAY[action] or (action == "invite" and state != "verified"):
        return Forbidden
    return None if action == "invite" or state in STATES[action] else WrongState


def in_state(session, now, state):
    organization = registered(applicant(), now)
    if state == "verified":
        operations.verify_organization(session, organization.id, actor=reviewer(), now=now)
    if state == "refused":
        operations.refuse_organization(session, organization.id, reason="No.", actor=reviewer(), now=now)
    organization.second_id = member_of(organization, owner=False).id
    return organization


def somebody(name, organization):
    if name == "visitor":
        return actor_of(UserFactory())
    if name == "stranger":
        return firm_actor()
    if name in {"owner", "member"}:
        return actor_of(member_of(organization, owner=name == "owner"))
    if name == "reviewer_of_firm":
        return actor_of(member_of(organization, owner=False, user=UserFactory(is_reviewer=True)))
    return actor_of(UserFactory(**{f"is_{name}": True}))


@pytest.mark.parametrize("state", ["pending", "verified", "refused"])
@pytest.mark.parametrize("action", sorted(MAY))
@pytest.mark.any_database
def test_who_may_do_what_with_a_firm_in_which_state(session, now, action, state):
    organization = in_state(session, now, state)
    session.flush()
    for name in ACTORS:
        actor = somebody(name, organization)
        wanted, got = expected(name, action, state), None
        with session.begin_nested() as attempt:
            try:
                CALLS[action](session, organization, actor=actor, now=now)
                session.flush()
            except (NotFound, Forbidden, WrongState) as error:
                got = type(error)
            attempt.rollback()
        assert got == wanted, name


@pytest.mark.parametrize("name", ["stranger", "owner", "reviewer", "approver", "operator", "auditor", "admin"])
def test_who_registers_a_firm(session, now, name):
    actor = somebody(name, OrganizationFactory())
    if name in {"stranger", "owner", "operator"}:
        assert registered(actor, now).status is OrganizationStatus.PENDING
    else:
        with pytest.raises(Forbidden):
            registered(actor, now)


@pytest.mark.parametrize("name", ["visitor", "stranger", "owner", "member", "reviewer", "approver", "operator", "auditor", "admin"])
def test_the_list_holds_exactly_the_firms_whose_page_one_may_see(session, now, name):
    firms = [in_state(session, now, state) for state in ("pending", "verified", "refused")]
    actor = somebody(name, firms[0])
    session.flush()
    listed = set(session.scalars(select(Organization).where(operations.records.policy.visible_to(actor))).all())
    assert listed == {firm for firm in session.scalars(select(Organization)) if operations.records.policy.can_see(actor, firm)}
    assert firms[1] in listed
    assert (firms[0] in listed) == (name in SEES_UNVERIFIED)
