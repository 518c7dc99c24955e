"""People, firms and products: made at the beginning, before the first scenario."""

from io import BytesIO

from werkzeug.datastructures import FileStorage

from app.accounts.models import User
from app.accounts.passwords import hash_password
from app.accounts.policy import CONSENT_VERSION
from app.demo.catalogue import STAFF, Catalogue, Row, email_of
from app.demo.stage import Stage, demo_id
from app.organizations.credit_code import check_character
from app.organizations.operations import OrganizationContent, register_organization, verify_organization
from app.products.models import Maturity
from app.products.operations import Parameter, ProductContent, create_product

FIRST_DAY = -1040
LICENCE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def make_people(stage: Stage, catalogue: Catalogue, password: str) -> None:
    """Accounts of the staff and of each firm's owner, all with one password."""
    hashed = hash_password(password)
    moment = stage.at(FIRST_DAY, 8)
    people = {email: (name, role) for email, (name, role) in STAFF.items()}
    people |= {email_of(row["key"]): (row["contact"], "") for row in catalogue.organizations}
    for email, (name, role) in people.items():
        user = User(
            id=demo_id("user", email),
            email=email,
            name=name,
            password_hash=hashed,
            created_at=moment,
            email_confirmed_at=moment,
            consented_at=moment,
            consent_version=CONSENT_VERSION,
            demo=True,
        )
        if role:
            setattr(user, f"is_{role}", True)
        stage.session.add(user)
    stage.session.flush()


def make_firms(stage: Stage, catalogue: Catalogue) -> None:
    """Every firm registered by its owner with a licence, and verified."""
    for number, row in enumerate(catalogue.organizations):
        moment = stage.at(FIRST_DAY + 1, 9, number % 60)
        applicant = stage.fresh_actor(email_of(row["key"]))
        organization_id = demo_id("organization", row["key"])
        content = _organization(row, number)
        register_organization(
            stage.session,
            content,
            organization_id=organization_id,
            licence=FileStorage(BytesIO(LICENCE), filename="营业执照.pdf"),
            into=stage.store,
            actor=applicant,
            now=moment,
            demo=True,
        )
        verify_organization(stage.session, organization_id, actor=stage.reviewer, now=stage.at(FIRST_DAY + 2, 9, number % 60))
        stage.fresh_actor(email_of(row["key"]))


def make_products(stage: Stage, catalogue: Catalogue) -> None:
    """Every product of the catalogue, by its firm."""
    for number, row in enumerate(catalogue.products):
        content = ProductContent(
            name=row["name"],
            model=row["model"],
            track_code=row["track"],
            maturity=Maturity(row["maturity"]),
            description=row["description"],
            technology_codes=tuple(row["technologies"]),
            certifications=row["certifications"],
            parameters=tuple(Parameter(p["name"], str(p["value"]), p.get("unit") or "") for p in row["parameters"]),
        )
        moment = stage.at(FIRST_DAY + 5 + number % 20, 11, number % 60)
        create_product(stage.session, content, product_id=demo_id("product", row["key"]), actor=stage.firm(row["firm"]), now=moment)


def _organization(row: Row, number: int) -> OrganizationContent:
    first = f"91320594MADEM{number:04d}"
    return OrganizationContent(
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        short_zh=row["short_zh"],
        short_en=row["short_en"],
        credit_code=first + check_character(first),
        area_code=row["area"],
        is_anchor="anchor" in row["roles"],
        is_chip="chip" in row["roles"],
        track_codes=tuple(row["tracks"]),
        cultivation=row["cultivation"],
        profile_zh=row["profile_zh"].strip(),
        profile_en=row["profile_en"].strip(),
        contact_name=row["contact"],
        contact_email=email_of(row["key"]),
    )
