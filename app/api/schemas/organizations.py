"""Firms and who belongs to them, as they are sent and shown."""

from app.api.answers import Highlights, Score
from app.api.fields import TEXT, Choice, Coded, Id, Mail, Moment, Rows, Schema, Text, Truth, Website
from app.organizations.labels import CULTIVATION
from app.organizations.models import OrganizationStatus

NAME = {"example": "开睿微电子（苏州）有限公司"}
CODE = {"description": "Unified social credit code (GB 32100-2015).", "example": "91320594MA1KAIRU5X"}
MAIL = {"example": "zhou.min@kairui.example"}


class OrganizationPatch(Schema):
    """What owners write of their firm; what is left out stays as it is."""

    name_zh = Text(shortest=1, metadata=NAME)
    name_en = Text(metadata={"example": "Kairui Microelectronics (Suzhou) Co., Ltd."})
    short_zh = Text(40, metadata={"example": "开睿"})
    short_en = Text(40, metadata={"example": "Kairui"})
    credit_code = Text(40, shortest=1, metadata=CODE)
    is_anchor = Truth(metadata={"example": False})
    is_chip = Truth()
    area = Text(40, attribute="area_code", metadata={"example": "dushu"})
    tracks = Rows(Text(40), attribute="track_codes", metadata={"example": ["design"]})
    cultivation = Rows(Text(one_of=list(CULTIVATION)), metadata={"example": ["设计业倍增"]})
    profile_zh = Text(TEXT)
    profile_en = Text(TEXT)
    website = Website(metadata={"example": "https://kairui.example"})
    contact_name = Text(metadata={"example": "周敏"})
    contact_email = Mail(254, metadata=MAIL)
    contact_phone = Text(40, metadata={"example": "0512-0000 0000"})


class OrganizationBody(OrganizationPatch):
    """A new firm. Its licence follows as an attachment: nobody is verified before."""

    name_zh = Text(required=True, shortest=1, metadata=NAME)
    credit_code = Text(40, required=True, shortest=1, metadata=CODE)
    area = Text(40, attribute="area_code", required=True, metadata={"example": "dushu"})


class OrganizationSchema(Schema):
    """A firm. Person and phone are for those who are signed in, mail and a refusal's reason for its owners and reviewers."""

    id = Id(required=True)
    status = Choice(OrganizationStatus, required=True)
    name_zh = Text(required=True, metadata=NAME)
    name_en = Text(required=True)
    short_zh = Text(required=True)
    short_en = Text(required=True)
    credit_code = Text(required=True, metadata=CODE)
    is_anchor = Truth(required=True)
    is_chip = Truth(required=True)
    area = Text(attribute="area_code", required=True, metadata={"example": "dushu"})
    tracks = Coded(required=True, metadata={"example": ["design"]})
    cultivation = Rows(Text(), required=True, metadata={"example": ["设计业倍增"]})
    profile_zh = Text(TEXT, required=True)
    profile_en = Text(TEXT, required=True)
    website = Text(required=True)
    demo = Truth(required=True)
    applied_at = Moment(required=True)
    verified_at = Moment(allow_none=True, required=True)
    contact_name = Text()
    contact_phone = Text()
    contact_email = Text(metadata=MAIL)
    refusal_reason = Text(TEXT)


class OrganizationHit(OrganizationSchema):
    """A firm as a search finds it."""

    searched = True
    score = Score()
    highlights = Highlights(required=True)


class MemberSchema(Schema):
    """Who belongs to a firm."""

    user_id = Id(required=True)
    name = Text(required=True, metadata={"example": "周敏"})
    email = Text(254, required=True, metadata=MAIL)
    owner = Truth(required=True)
    joined_at = Moment(required=True)


class OwnerBody(Schema):
    """Whether somebody is an owner."""

    owner = Truth(required=True)


class ColleagueBody(Schema):
    """Whom to invite as a colleague."""

    email = Text(254, required=True, shortest=3, metadata=MAIL)
    owner = Truth(load_default=False)


class ColleagueInvitationSchema(Schema):
    """An invitation of a colleague that can still be used."""

    id = Id(required=True)
    organization = Id(attribute="organization_id", required=True)
    email = Text(254, required=True, metadata=MAIL)
    owner = Truth(required=True)
    invited_at = Moment(required=True)
    expires_at = Moment(required=True)


class JoinBody(Schema):
    """The last part of the link in an invitation's mail."""

    token = Text(2000, required=True, shortest=1, metadata={"example": "eyJpbnZpdGF0aW9uX2lkIjoi…"})
