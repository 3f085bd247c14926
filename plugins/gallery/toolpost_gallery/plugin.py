"""The plugin: its settings, its layer, its resources, its tool and its commands."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field
from pydantic_core import to_json

from toolpost import (
    Artefacts,
    CallNext,
    Context,
    Gauge,
    Image,
    InvalidArguments,
    Middleware,
    Resource,
    Route,
    Store,
    Tool,
    ToolCall,
    ToolResult,
    amount,
    hookimpl,
)
from toolpost_gallery import app
from toolpost_gallery.addresses import Addresses
from toolpost_gallery.collection import Collection
from toolpost_gallery.found import find
from toolpost_gallery.housekeeping import Housekeeping
from toolpost_gallery.keeping import Keeping
from toolpost_gallery.lending import Lending
from toolpost_gallery.preview import Previews
from toolpost_gallery.retention import Cleaned, Retention, clean
from toolpost_gallery.rewriting import rewritten
from toolpost_gallery.tool import SHOWN, searched, show
from toolpost_pictures import Pictures

if TYPE_CHECKING:
    import click

LISTED = 200
GiB = 1024**3


@dataclass
class Gallery:
    """Keeps every picture that a tool returns, and shows its caller what fits.

    `keep_days`, `keep_count` and `keep_bytes` bound what is kept, 0 meaning
    no bound; the oldest go first. `preview_bytes` is what the previews of one
    result may take together, of files before base64, where the client does
    not take less; `preview_side` is in pixels. Tools in `exempt` are left
    alone. `public_url` is where people reach this server over HTTP: callers
    over HTTP are then told where a picture is on the page for people.
    `link_hours` is how long a link works that was lent to show a picture
    elsewhere, 0 meaning that none is.
    """

    store: Store
    artefacts: Artefacts
    pictures: Pictures
    keep_days: Annotated[float, Field(ge=0)] = 0.0
    keep_count: Annotated[int, Field(ge=0)] = 10_000
    keep_bytes: Annotated[int, Field(ge=0)] = 5 * GiB
    preview_bytes: Annotated[int, Field(ge=10_000)] = 700_000
    preview_side: Annotated[int, Field(ge=64, le=8192)] = 1568
    exempt: list[str] = field(default_factory=list)
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+[^\s?#/])?$")] = ""
    link_hours: Annotated[float, Field(ge=0, le=87_600)] = 168.0
    clock: Callable[[], float] = field(default=time.time, repr=False)
    # Ten large pictures on a slow disk take their time, and by then they have been paid for.
    patience: ClassVar[float] = 120.0

    def __post_init__(self) -> None:
        # A folder of our own: what another plugin keeps under the same hash is not ours to remove.
        originals = self.artefacts.part("gallery")
        self.collection = Collection(self.store.space("gallery"), originals, self.clock)
        self.retention = Retention(self.keep_days, self.keep_count, self.keep_bytes)
        self.previews = Previews(self.pictures, self.preview_bytes, self.preview_side)
        self.keeping = Keeping(self.collection, self.pictures)
        self.housekeeping = Housekeeping(self.collection, self.retention)
        self.lending = Lending(self.collection, self.link_hours)

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(
                self.show_gallery,
                title="Show gallery",
                read_only=True,
                idempotent=True,
                open_world=False,
                output_schema=SHOWN,
                meta=app.TOOL_META,
            )
        ]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [
            Resource("gallery://list", self.listing, "gallery", "Kept pictures", "application/json"),
            Resource("gallery://{id}", self.original, "picture", "Original of a kept picture"),
            Resource(app.URI, self.page, "gallery-app", "Gallery", app.TYPE, app.RESOURCE_META),
        ]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        async with self.housekeeping.going_on():
            yield

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        from toolpost_gallery.commands import group

        cli.add_command(group(self))

    @hookimpl
    def routes(self) -> list[Route]:
        # FastAPI is there only where HTTP is served.
        from toolpost_gallery.web.routes import routes

        return list(routes(self))

    @hookimpl
    def gauges(self) -> list[Gauge]:
        said = "Pictures that could not be kept since the start."
        return [Gauge("toolpost_gallery_not_kept", said, lambda: self.keeping.failures)]

    def applies_to(self, tool: Tool) -> bool:
        """Tools of all plugins, but not resources: who reads one wants just what is in it."""
        return tool.kind == "tool" and tool.name not in (*self.exempt, "show_gallery")

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, keep what pictures come back, and answer with what fits."""
        result = await call_next(call)
        found = find(result)
        if not found:
            return result
        found = await self.keeping.all(found, call, result)
        kept = sum(item.is_kept for item in found)
        self.housekeeping.count(kept)
        lost = sum(item.entry is not None and not item.is_kept for item in found)
        call.context.note(
            "gallery",
            f"kept {kept} of {len(found)} pictures",
            decision="error" if lost else "kept",
            counts={"pictures": kept, "lost": lost},
        )
        previews = self.previews.of(call.context)
        return await rewritten(result, found, previews, call.context, Addresses(self.public_url))

    def explain(self, call: ToolCall) -> str:
        return f"would keep pictures in the result, and show at most {amount(self.preview_bytes)} of previews"

    async def show_gallery(
        self,
        context: Context,
        limit: Annotated[int, Field(ge=1, le=24, description="How many pictures to show, at most.")] = 8,
        search: Annotated[str, Field(description="Words that the prompt, model or tool must have; all if empty.")] = "",
    ) -> ToolResult:
        """Show the pictures that were made here lately, newest first, with their prompts and links to the originals."""
        entries = await self.collection.newest(context.principal, limit, searched(search))
        return await show(self.collection, self.previews, entries, context)

    async def listing(self, context: Context) -> str:
        """The pictures that are kept, newest first, as JSON."""
        entries = await self.collection.newest(context.principal, LISTED)
        return to_json({"pictures": [entry.public() for entry in entries], "not_kept": self.keeping.failures}).decode()

    async def original(self, id: str, context: Context) -> Image:
        """The original of a picture, by the id that its caption and `gallery://list` give."""
        entry = await self.collection.find(context.principal, id)
        content = await self.collection.content(entry) if entry else None
        if entry is None or content is None:
            raise InvalidArguments("there is no such picture; read gallery://list for those that are kept")
        return Image(content, entry.mime_type)

    async def page(self) -> str:
        """A page that shows pictures with their prompts."""
        return app.page()

    async def lend(self, principal: str, identifier: str) -> str | None:
        """A link that shows a picture to whoever has it, as an address or a path on this server; None without one."""
        path = await self.lending.lend(principal, identifier)
        return None if path is None else f"{self.public_url}{path}"

    async def clean(self) -> Cleaned:
        """Remove what the bounds do not allow any more."""
        return await clean(self.collection, self.retention)
