"""The links that a document of the API gets."""

from app.api.links import add_links


def operation(name, *, made="", parameters=()):
    content = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{made}"}}}}
    return {"operationId": name, "responses": {"201": content} if made else {}, "parameters": list(parameters)}


def test_making_a_record_leads_to_all_that_needs_its_id_alone():
    made = operation("create", made="ColleagueInvitation")
    if_match = {"in": "header", "name": "If-Match"}
    document = {
        "paths": {
            "/things": {"post": made},
            "/things/{colleague_invitation_id}": {"parameters": [], "patch": operation("edit", parameters=[if_match])},
            "/things/{colleague_invitation_id}/parts": {"get": operation("list_parts")},
            "/things/{colleague_invitation_id}/parts/{part_id}": {"get": operation("show_part")},
            "/others/{other_id}": {"get": operation("show_other")},
        }
    }
    add_links(document)
    identified = {"colleague_invitation_id": "$response.body#/id"}
    assert made["responses"]["201"]["links"] == {
        "edit": {"operationId": "edit", "parameters": {**identified, "header.If-Match": "$response.header.ETag"}},
        "list_parts": {"operationId": "list_parts", "parameters": identified},
    }


def test_a_record_without_an_address_leads_nowhere():
    document = {"paths": {"/tokens": {"post": operation("create", made="TokenIssued")}}}
    add_links(document)
    assert "links" not in document["paths"]["/tokens"]["post"]["responses"]["201"]
