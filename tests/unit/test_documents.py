"""Documents that are made from the code are those that the code makes."""

from scripts import states


def test_the_drawn_states_are_those_of_the_code():
    assert states.DOCUMENT.read_text(encoding="utf-8") == states.document(), "run: make docs"


def test_every_kind_of_record_with_states_is_drawn():
    names = {machine.name for machine in states.machines()}
    assert {"scenario", "solution", "match", "project", "milestone", "amendment", "organization", "product"} <= names
