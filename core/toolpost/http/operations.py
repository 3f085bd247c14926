"""What an operator asks a running server."""

from __future__ import annotations

from typing import Any

from toolpost import __version__
from toolpost.config.load import Config
from toolpost.host import Host
from toolpost.routes import Route


def operations(host: Host, config: Config) -> list[tuple[str, Route]]:
    """The routes that are toolpost's own."""

    async def health() -> dict[str, Any]:
        """Whether the process is alive."""
        return {"status": "ok", "version": __version__}

    async def ready() -> dict[str, Any]:
        """Whether calls can be answered, and which plugins do not stand."""
        return {"status": "ready", "plugins": {"broken": sorted(host.registry.broken)}}

    return [
        ("toolpost", Route("/health", health, scope="public")),
        ("toolpost", Route("/ready", ready, scope="public")),
    ]
