"""The table `[plugins.upstream.servers]` as the type of a setting, made for those who have servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from toolpost_upstream.servers.settings import Servers as Servers


class Later:
    """Stands for the type itself, whose classes take longer to make than all else of the plugin."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from toolpost_upstream.servers.settings import Servers

        return handler.generate_schema(Servers)


if not TYPE_CHECKING:
    Servers = Annotated[dict[str, Any], Later()]
