"""What the operator has set."""

from typing import Any

from app.api.frame import Resource
from app.api.schemas.progress import SettingsPatch, SettingsSchema
from app.errors import require_allowed
from app.taxonomy import operations, policy, queries
from app.taxonomy.settings import ALL
from app.web import current_actor, database, now

resource = Resource("settings", "Deadlines and periods that the operator has set")


def _saved() -> dict[str, int]:
    require_allowed(policy.can_read_settings(current_actor()))
    return {definition.key: queries.setting(database(), definition) for definition in ALL}


@resource.reads("/settings", SettingsSchema, public=False)
def show_settings(_query: dict[str, Any]) -> dict[str, int]:
    """The deadlines and periods that hold from now on."""
    return _saved()


@resource.replaces("/settings", SettingsSchema, takes=SettingsPatch, current=_saved)
def change_settings(body: dict[str, Any]) -> dict[str, int]:
    """Change some of them; deadlines that are set already stay."""
    version = queries.settings_version(database())
    operations.change_settings(database(), body, version=version, actor=current_actor(), now=now())
    return _saved()
