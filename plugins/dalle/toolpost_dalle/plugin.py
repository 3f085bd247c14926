"""The `dalle` plugin: its settings and its tools."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from toolpost import Context, Refused, Tool, ToolResult, hookimpl
from toolpost_dalle.arguments import (
    Background,
    Change,
    Count,
    Format,
    Mask,
    ModelName,
    Prompt,
    Quality,
    Size,
    Source,
    SourcesToEdit,
    SourceToEdit,
    Style,
)
from toolpost_dalle.check import check
from toolpost_dalle.drawn import Developer
from toolpost_dalle.exchange import Exchange
from toolpost_dalle.order import Order
from toolpost_dalle.reply import SCHEMA, reply
from toolpost_dalle.sources import load, mask_of, named
from toolpost_dalle.studio import Studio
from toolpost_dalle.translate import translate
from toolpost_dalle.variation import VARY, vary
from toolpost_openai import OpenAI
from toolpost_openai.catalogue import today
from toolpost_openai.images import choose_painter
from toolpost_pictures import Pictures

NOWHERE = (
    "no model that draws can be reached: set OPENAI_API_KEY, or base_url in [plugins.openai] for a server that makes "
    "pictures; the local model only writes"
)
MOST_IMAGES = 16
PAGE = "ui://gallery/app"


@dataclass
class Dalle:
    """Draws and changes pictures; `compatibility` adds the tool under its old name, `create-image`.

    `model` draws where the caller names none. `at_once` bounds the requests
    to a server that draws one picture at a time; `partial_images` is how many
    unfinished ones the provider is asked for as progress (they cost tokens);
    `timeout` is in seconds, for a whole call.
    """

    openai: OpenAI
    pictures: Pictures
    model: str = "image.best"
    at_once: Annotated[int, Field(ge=1, le=10)] = 2
    partial_images: Annotated[int, Field(ge=0, le=3)] = 1
    timeout: Annotated[float, Field(gt=0)] = 300.0
    compatibility: bool = False

    def __post_init__(self) -> None:
        self._unknown: set[str] = set()

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        """The three tools, and `create-image` where it is wanted."""
        yield self._tool(self.generate_image, "generate_image", "Draw pictures")
        yield self._tool(self.edit_image, "edit_image", "Change a picture")
        yield self._tool(self.create_variations, "create_variations", "Vary a picture")
        if self.compatibility:
            yield self._tool(self.create_image, "create-image", "Draw pictures")

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Warn at start if the model of the settings ends soon."""
        self.openai.warn("[plugins.dalle] model", self.model)
        yield

    def notes(self) -> Iterable[str]:
        """What `toolpost doctor` should say."""
        if self.openai.configured is None:
            yield "its tools do not work without a key: set OPENAI_API_KEY, or base_url in [plugins.openai]"

    async def generate_image(
        self,
        prompt: Prompt,
        model: ModelName = None,
        size: Size = None,
        quality: Quality = None,
        style: Style = None,
        background: Background = None,
        format: Format = None,
        n: Count = 1,
        *,
        context: Context,
    ) -> ToolResult:
        """Draw pictures from a description.

        Use this when the person asks for a picture, drawing, logo or photo.
        The model knows nothing but the prompt: describe all of it.
        """
        studio = await self._studio(model, context)
        order = Order(prompt=prompt, n=n, size=size, quality=quality, style=style, background=background, format=format)
        return await self._draw(studio, order)

    async def edit_image(
        self,
        prompt: Change,
        image: SourceToEdit = None,
        images: SourcesToEdit = None,
        mask: Mask = None,
        model: ModelName = None,
        size: Size = None,
        quality: Quality = None,
        background: Background = None,
        format: Format = None,
        n: Count = 1,
        *,
        context: Context,
    ) -> ToolResult:
        """Change a picture, or make a new one of several.

        Give either image or images. Without a mask the model may redraw all
        of it.
        """
        sources = named(image, images)
        studio = await self._studio(model, context)
        order = Order(prompt=prompt, n=n, size=size, quality=quality, background=background, format=format)
        # What is wrong with the words is said before anything is fetched.
        check(translate(order, studio.painter, self.openai.models.old)[0], studio.painter)
        loaded = await load(self.pictures, sources, MOST_IMAGES, context)
        hole = await mask_of(self.pictures, mask, context) if mask is not None else None
        return await self._draw(studio, order.of(loaded, hole))

    async def create_variations(
        self, image: Source, n: Count = 1, size: Size = None, model: ModelName = None, *, context: Context
    ) -> ToolResult:
        """Make variations of a picture: the same subject and style, drawn anew."""
        studio = await self._studio(model, context)
        order = Order(prompt=VARY, n=n, size=size)
        check(translate(order, studio.painter, self.openai.models.old)[0], studio.painter)
        order = order.of(await load(self.pictures, [image], 1, context))
        if studio.exchange.connection.server.official:
            return await self._draw(studio, order)
        outcome = await vary(studio, self.pictures, order)
        return await reply(order, studio.painter, outcome, studio.painter.notes)

    async def create_image(
        self,
        prompt: Prompt,
        model: ModelName = None,
        size: Size = None,
        quality: Quality = None,
        n: Count = 1,
        *,
        context: Context,
    ) -> ToolResult:
        """Draw pictures from a description."""
        return await self.generate_image(prompt, model, size, quality, None, None, None, n, context=context)

    async def _draw(self, studio: Studio, order: Order) -> ToolResult:
        order, notes = translate(order, studio.painter, self.openai.models.old)
        check(order, studio.painter)
        return await reply(order, studio.painter, await studio.draw(order), (*studio.painter.notes, *notes))

    async def _studio(self, model: str | None, context: Context) -> Studio:
        # Asked first: to connect would fetch and start the local model, which cannot draw.
        if self.openai.configured is None:
            raise Refused(NOWHERE)
        connection = await self.openai.connect()
        return Studio(
            exchange=Exchange(connection, self.timeout, self._unknown),
            developer=Developer(connection, self.pictures),
            painter=await choose_painter(
                connection, self.openai.models, self.openai.aliases, model or self.model, today()
            ),
            context=context,
            at_once=self.at_once,
            partial_images=self.partial_images,
        )

    def _tool(self, function: Callable[..., Awaitable[ToolResult]], name: str, title: str) -> Tool:
        return Tool(
            function,
            name=name,
            title=title,
            read_only=True,
            destructive=False,
            idempotent=False,
            open_world=True,
            billable=True,
            provider="openai",
            timeout=self.timeout,
            output_schema=SCHEMA,
            # The gallery's page, where the gallery is enabled; the second form is how older clients find it.
            meta={"ui": {"resourceUri": PAGE}, "ui/resourceUri": PAGE, "toolpost/model": self.model},
        )
