"""The `moderation` plugin: its settings, its tool and its layer."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Annotated

from pydantic import Field

from toolpost import Context, InvalidArguments, Middleware, Tool, ToolResult, hookimpl
from toolpost_moderation.judge import Judge
from toolpost_moderation.layer import Direction, Layer, OnError, Rules
from toolpost_moderation.reply import SCHEMA, reply
from toolpost_moderation.verdict import CATEGORIES
from toolpost_openai import OpenAI
from toolpost_pictures import Pictures

Threshold = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]


@dataclass
class Moderation:
    """Finds what should not be said or shown: a tool for models and, with `layer`, a guard around every call.

    The guard looks at the `directions` `arguments` and `results` of the tools
    in `only` (all, if empty) but those in `exempt`. A category is too much
    from its score in `thresholds` on, or by the provider's own flag where it
    has none. `on_error` is `refuse` or `pass`. `timeout` and `keep` are in
    seconds: how long a request may take, and how long a verdict is good.
    """

    openai: OpenAI
    pictures: Pictures
    model: str = "omni-moderation-latest"
    layer: bool = False
    directions: list[Direction] = field(default_factory=lambda: ["arguments", "results"])
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    on_error: OnError = "refuse"
    only: list[str] = field(default_factory=list)
    exempt: list[str] = field(default_factory=list)
    timeout: Seconds = 15.0
    keep: Annotated[float, Field(ge=0)] = 300.0
    concurrency: Annotated[int, Field(ge=1)] = 4
    max_characters: Annotated[int, Field(ge=1)] = 200_000
    clock: Callable[[], float] = field(default=monotonic, repr=False)

    def __post_init__(self) -> None:
        for name in self.thresholds:
            if name not in CATEGORIES:
                near = difflib.get_close_matches(name, CATEGORIES, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(CATEGORIES)}"
                raise ValueError(f"thresholds: no category {name!r}; {hint}")
        self._judge = Judge(
            self.openai,
            self.pictures,
            self.model,
            concurrency=self.concurrency,
            seconds=self.timeout,
            keep=self.keep,
            longest=self.max_characters,
            clock=self.clock,
        )

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        """`moderate`."""
        yield Tool(
            self.moderate,
            title="Check a text or picture",
            read_only=True,
            destructive=False,
            idempotent=True,
            open_world=True,
            cacheable=True,
            provider="openai",
            output_schema=SCHEMA,
        )

    def notes(self) -> Iterable[str]:
        """What `toolpost doctor` should say."""
        if self.openai.configured is None:
            yield "its tools do not work without a key: set OPENAI_API_KEY, or base_url in [plugins.openai]"

    @hookimpl
    def middleware(self) -> Middleware | None:
        """The guard, where it is wanted."""
        if not self.layer:
            return None
        rules = Rules(
            directions=self.directions,
            thresholds=self.thresholds,
            on_error=self.on_error,
            only=self.only,
            exempt=self.exempt,
        )
        return Layer(self._judge, self.pictures, rules, self.moderate)

    async def moderate(
        self,
        text: Annotated[str | None, Field(description="The text to check.")] = None,
        image: Annotated[
            str | None,
            Field(
                min_length=1,
                description="The picture to check: an https URL, a data URL, the path of a file that the operator "
                "allowed, the handle of an earlier result (artefact:…), or the URI of a resource of this server.",
            ),
        ] = None,
        *,
        context: Context,
    ) -> ToolResult:
        """Check whether a text or a picture is hateful, violent, sexual, or harmful otherwise.

        Give a text, a picture, or both. It costs nothing.
        """
        if text is None and image is None:
            raise InvalidArguments("text, image: neither given; give one or both")
        if text is not None and not text.strip():
            raise InvalidArguments("text: empty; give some text, or leave it out")
        pictures = [await self.pictures.load(image, context)] if image is not None else []
        return reply(await self._judge.verdict(text or "", pictures))
