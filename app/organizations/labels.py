"""How the values of an organisation are called."""

from flask_babel import lazy_gettext as _l

from app.organizations.models import OrganizationStatus

ORGANIZATION_STATUS = {
    OrganizationStatus.PENDING: _l("Waiting for verification"),
    OrganizationStatus.VERIFIED: _l("Verified"),
    OrganizationStatus.REFUSED: _l("Refused"),
}
STATUS_COLOUR = {
    OrganizationStatus.PENDING: "amber",
    OrganizationStatus.VERIFIED: "green",
    OrganizationStatus.REFUSED: "red",
}
# the cultivation programmes of the plan's task 2
CULTIVATION = {
    "设计业倍增": _l("Design doubling"),
    "制造业联芯": _l("Manufacturing link"),
    "封测业扎根": _l("Packaging roots"),
}
