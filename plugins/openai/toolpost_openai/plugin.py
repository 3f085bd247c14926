"""The `openai` plugin: its settings, and the connection it hands to the tools that need one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio.to_thread
from pydantic import Field, SecretStr

from toolpost import Refused, hookimpl
from toolpost_openai.catalogue import SNAPSHOT, Catalogue, today
from toolpost_openai.provider import Provider, Report, calls_tools, sees, silence
from toolpost_openai.server import OFFICIAL, Server, host_of, is_official

if TYPE_CHECKING:
    from decimal import Decimal

    import click

    from toolpost_openai.connection import Connection
    from toolpost_openai.listing import Listing, Offered

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
    `timeout` is the longest silence in seconds, not the longest answer. Where nobody wants an answer in pieces
    it is asked for as a whole, and may take `whole_timeout` seconds; 0 asks for all in pieces, where something on
    the way cuts connections that are silent.
    `catalogue` is the path of a file that is laid over the catalogue of models.
    """

    api_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    base_url: str = ""
    organization: str = ""
    project: str = ""
    timeout: Annotated[float, Field(gt=0)] = 120.0
    connect_timeout: Annotated[float, Field(gt=0)] = 5.0
    whole_timeout: Annotated[float, Field(ge=0)] = 600.0
    serves: Literal["auto", "openai", "compatible"] = "auto"
    aliases: dict[str, str] = field(default_factory=dict)
    catalogue: str = ""
    local: Provider | None = None

    def __post_init__(self) -> None:
        self._listings: dict[Server, Listing] = {}
        if self.base_url:
            host_of(self.base_url)
        if self.catalogue:
            # At start, so that a mistake in the file is found before a call needs it.
            self.__dict__["models"] = Catalogue.load(self.catalogue)

    async def connect(self, report: Report = silence) -> Connection:
        """The connection to ask through; a local model may have to be made ready first.

        Raises:
            Refused: nothing is configured that could answer.
        """
        return await self._connection(self.configured or await self._own(report))

    async def list_models(self) -> list[Offered]:
        """The models that `connect` leads to, without making one of our own ready for it.

        What the provider says of them is believed for a minute.
        """
        if self.configured is None and self.local is None:
            return []
        from toolpost_openai.listing import offered, own

        if self.configured is not None:
            return await offered(await self._connection(self.configured), self.models, self.aliases)
        return [own(self.local, self.models, self.aliases)] if self.local else []

    async def online(self) -> str:
        """Who answered when asked for its models, with this key; empty where nobody is configured.

        Raises:
            ToolError: the key is refused, or nobody answers.
        """
        if self.configured is None:
            return ""
        from toolpost_openai.review import review

        async with self.lifespan():
            name, _ = await review(self)
        return f"{name} answers, and takes the key" if self.api_key.get_secret_value() else f"{name} answers"

    async def _connection(self, server: Server) -> Connection:
        listing = self._listings.get(server) or await self._listing(server)
        from toolpost_openai.connection import Connection

        return Connection(server, listing, self.models, self.aliases)

    @cached_property
    def models(self) -> Catalogue:
        """OpenAI's models, with the user's catalogue laid over ours."""
        return Catalogue.load(self.catalogue)

    @cached_property
    def configured(self) -> Server | None:
        """The server that the settings lead to; None where only a model of our own can answer."""
        key, url = self.api_key.get_secret_value(), self.base_url
        if not key and not url:
            return None
        official = self.serves == "openai" or (self.serves == "auto" and is_official(url or OFFICIAL))
        name = "openai" if official else host_of(url or OFFICIAL)
        return Server(name, url or OFFICIAL, key, official, whole_seconds=self.whole_timeout)

    def warn(self, place: str, name: str) -> None:
        """Log that the model which some setting names has ended or ends soon."""
        if self.configured is None or not self.configured.official:
            return
        day, model = today(), self.models.find(self.aliases.get(name) or self.models.aliases.get(name, name))
        if model.has_ended(day) or model.ends_soon(day):
            log.warning("%s: the model %s ends on %s; use %s", place, model.name, model.ends, model.instead)

    def model_named(self, name: str) -> str | None:
        """The model that a name or an alias stands for today; None where nobody knows it."""
        name = self.aliases.get(name) or self.models.aliases.get(name, name)
        if not self.models.knows(name):
            return name if name in self.aliases.values() else None
        family = name if name in self.models.models else SNAPSHOT.sub("", name)
        return self.models.living(family, today()).name

    def cost(self, usage: Mapping[str, Any]) -> Decimal | None:
        """What a call has cost in US dollars, from the usage it reports; None where no price is known."""
        from toolpost_openai.prices import cost

        return cost(usage, self.models)

    def estimate(self, tool_name: str, arguments: Mapping[str, Any]) -> Decimal | None:
        """What a call will cost in US dollars at most; None where that cannot be known.

        Where only our own model can answer it costs nothing.
        """
        from decimal import Decimal

        if self.configured is None:
            return Decimal(0)
        from toolpost_openai.prices import estimate

        return estimate(tool_name, arguments, self.models, self.aliases)

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        """`toolpost models`."""
        from toolpost_openai.commands import group

        cli.add_command(group(self))

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Warn of models that end soon, and hang up in the end."""
        if self.configured is not None and self.configured.official:
            for alias, name in {**self.models.aliases, **self.aliases}.items():
                self.warn(alias, name)
        try:
            yield
        finally:
            while self._listings:
                _, listing = self._listings.popitem()
                await listing.client.close()

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
            tools=calls_tools(self.local),
            images=sees(self.local),
        )

    async def _listing(self, server: Server) -> Listing:
        # Importing the SDK and reading the certificates takes half a second,
        # which other calls need not wait for.
        listing = await anyio.to_thread.run_sync(self._build, server)
        return self._listings.setdefault(server, listing)

    def _build(self, server: Server) -> Listing:
        from toolpost_openai.client import build
        from toolpost_openai.listing import Listing
        from toolpost_openai.posting import Posting

        ours = server is self.configured
        client = build(
            server,
            organization=self.organization if ours else "",
            project=self.project if ours else "",
            silence=self.timeout,
            connect=self.connect_timeout,
        )
        return Listing(client, Posting(client))
