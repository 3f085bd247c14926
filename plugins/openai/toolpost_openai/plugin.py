"""The `openai` plugin: its settings, and the connection it hands to the tools that need one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

import anyio.to_thread
from pydantic import Field, SecretStr
from toolpost import Refused, hookimpl

from toolpost_openai.catalogue import Catalogue, today
from toolpost_openai.provider import Provider, Report, silence
from toolpost_openai.server import OFFICIAL, Server, host_of, is_official

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from toolpost_openai.connection import Connection

log = logging.getLogger("toolpost.openai")

NOWHERE = (
    "no model can be reached: set OPENAI_API_KEY, or base_url in [plugins.openai] for a server of your own, "
    "or enable the plugin 'local'"
)


@dataclass
class OpenAI:
    """The way to a model, for every plugin that asks one.

    With a key it leads to OpenAI, with `base_url` to that server, with neither
    to the plugin that serves a model of its own. `serves` says what stands
    behind `base_url`: `openai` where a gateway passes on to OpenAI,
    `compatible` where other models do, `auto` to tell by the address.
    `timeout` is the longest silence in seconds, not the longest answer.
    """

    api_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    base_url: str = ""
    organization: str = ""
    project: str = ""
    timeout: Annotated[float, Field(gt=0)] = 120.0
    connect_timeout: Annotated[float, Field(gt=0)] = 5.0
    serves: Literal["auto", "openai", "compatible"] = "auto"
    aliases: dict[str, str] = field(default_factory=dict)
    local: Provider | None = None

    def __post_init__(self) -> None:
        self._clients: dict[Server, AsyncOpenAI] = {}
        if self.base_url:
            host_of(self.base_url)

    async def connect(self, report: Report = silence) -> Connection:
        """The connection to ask through; a local model may have to be made ready first.

        Raises:
            Refused: nothing is configured that could answer.
        """
        server = self._configured or await self._own(report)
        client = self._clients.get(server) or await self._client(server)
        from toolpost_openai.connection import Connection

        return Connection(server, client, self.catalogue, self.aliases)

    @cached_property
    def catalogue(self) -> Catalogue:
        """OpenAI's models."""
        return Catalogue.load()

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Warn of models that end soon, and hang up in the end."""
        self._warn()
        try:
            yield
        finally:
            while self._clients:
                _, client = self._clients.popitem()
                await client.close()

    @cached_property
    def _configured(self) -> Server | None:
        key, url = self.api_key.get_secret_value(), self.base_url
        if not key and not url:
            return None
        official = self.serves == "openai" or (self.serves == "auto" and is_official(url or OFFICIAL))
        return Server("openai" if official else host_of(url or OFFICIAL), url or OFFICIAL, key, official)

    async def _own(self, report: Report) -> Server:
        if self.local is None:
            raise Refused(NOWHERE)
        endpoint = await self.local.connect(report)
        return Server(
            self.local.name,
            endpoint.base_url,
            endpoint.api_key,
            model=endpoint.model,
            local=True,
            max_tokens=getattr(endpoint, "max_tokens", None),
            demonstration=getattr(endpoint, "demonstration", False),
        )

    async def _client(self, server: Server) -> AsyncOpenAI:
        # Importing the SDK and reading the certificates takes half a second,
        # which other calls need not wait for.
        client = await anyio.to_thread.run_sync(self._build, server)
        return self._clients.setdefault(server, client)

    def _build(self, server: Server) -> AsyncOpenAI:
        from toolpost_openai.client import build

        ours = server is self._configured
        return build(
            server,
            organization=self.organization if ours else "",
            project=self.project if ours else "",
            silence=self.timeout,
            connect=self.connect_timeout,
        )

    def _warn(self) -> None:
        if self._configured is None or not self._configured.official:
            return
        day = today()
        for alias, name in {**self.catalogue.aliases, **self.aliases}.items():
            model = self.catalogue.find(name)
            if model.has_ended(day) or model.ends_soon(day):
                log.warning("%s: the model %s ends on %s; use %s", alias, name, model.ends, model.instead)
