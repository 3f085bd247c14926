"""The `vision` plugin: its settings and its tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from toolpost import Context, Refused, Tool, ToolResult, hookimpl
from toolpost_openai import NATURE, REPLY, MaxTokens, Message, ModelName, OpenAI, Progress, Question, reply
from toolpost_pictures import Pictures
from toolpost_vision.conversation import conversation, with_pictures
from toolpost_vision.local import NOT_INTERPRETED, REPLY_OR_FACTS, Local
from toolpost_vision.sending import Detail, prepared

Source = Annotated[
    str,
    Field(
        min_length=1,
        description="A picture: an https URL, a data URL, the path of a file that the operator allowed, "
        "the handle of an earlier result (artefact:…), or the URI of a resource of this server.",
    ),
]
HowClosely = Annotated[
    Detail,
    Field(
        description="How closely the model looks: 'low' is cheap and sees the whole, 'high' sees small things, "
        "'original' every pixel (newer models only); 'auto' lets the model choose."
    ),
]

DESCRIBE = "Describe this picture."
NOBODY_SEES = (
    "no model that sees pictures can be reached: set OPENAI_API_KEY, or base_url in [plugins.openai] for a server "
    "whose model sees"
)


@dataclass
class Vision:
    """Shows pictures to a model and asks about them.

    `model` is asked where the caller names none. Without one that sees,
    `analyze_image` tells what can be known for certain, with the text that
    OCR finds within `ocr_seconds`.
    """

    openai: OpenAI
    pictures: Pictures
    model: str = "chat.fast"
    ocr_seconds: Annotated[float, Field(gt=0)] = 20.0

    def __post_init__(self) -> None:
        self._local = Local(self.pictures, self.ocr_seconds)

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        """`analyze_image` and `chat_with_image`."""
        asking = {"provider": "openai", "meta": {"toolpost/model": self.model}, **NATURE}
        yield Tool(self.analyze_image, title="Look at a picture", output_schema=REPLY_OR_FACTS, **asking)
        yield Tool(self.chat_with_image, title="Talk about pictures", output_schema=REPLY, **asking)

    def notes(self) -> Iterable[str]:
        """What `toolpost doctor` should say."""
        if not self._sees:
            yield (
                "no key is set, so analyze_image tells what can be measured, and chat_with_image does not work; "
                "set OPENAI_API_KEY, or base_url in [plugins.openai]"
            )

    async def analyze_image(
        self,
        image: Source,
        prompt: Annotated[
            str, Field(min_length=1, description="What to find out; what the picture shows, if left out.")
        ] = DESCRIBE,
        detail: HowClosely = "auto",
        max_tokens: MaxTokens = None,
        model: ModelName = None,
        *,
        context: Context,
    ) -> ToolResult:
        """Look at a picture and answer a question about it.

        The answer holds only what is seen in the picture. Where no model that
        sees is configured, it holds measured facts and says so.
        """
        if not self._sees:
            return await self._local.look(await self.pictures.load(image, context), f"{NOBODY_SEES}; {NOT_INTERPRETED}")
        messages = conversation([{"role": "user", "content": prompt}], "prompt")
        return await self._ask(messages, [image], detail, model, max_tokens, context)

    async def chat_with_image(
        self,
        messages: Annotated[
            list[Message], Field(description="The conversation; the pictures go with the last message of the user.")
        ],
        images: Annotated[list[Source], Field(min_length=1, max_length=16, description="The pictures, in order.")],
        model: ModelName = None,
        max_tokens: MaxTokens = None,
        detail: HowClosely = "auto",
        *,
        context: Context,
    ) -> ToolResult:
        """Talk with another model about one or more pictures, and get its answer.

        The model knows nothing but what you send: the pictures and these
        messages.
        """
        said = conversation(messages, "messages")
        if not self._sees:
            raise Refused(NOBODY_SEES)
        return await self._ask(said, images, detail, model, max_tokens, context)

    @property
    def _sees(self) -> bool:
        """Whether a model that sees may be there; asked before a local one would be made ready in vain."""
        if self.openai.api_key.get_secret_value() or self.openai.base_url:
            return True
        return self.openai.local is not None and self.openai.local.abilities.images

    async def _ask(
        self,
        messages: Sequence[dict[str, Any]],
        images: Sequence[str],
        detail: Detail,
        model: str | None,
        max_tokens: int | None,
        context: Context,
    ) -> ToolResult:
        progress, notes = Progress(context), list[str]()
        connection = await self.openai.connect(progress.connecting)
        parts = []
        for number, source in enumerate(images, 1):
            picture = await self.pictures.load(source, context)
            shown = await prepared(self.pictures, picture, detail, len(images), connection.server.official)
            notes += shown.remarks(f"picture {number}" if len(images) > 1 else "the picture")
            parts.append(await shown.part(detail))
            await progress.ready(f"picture {number} of {len(images)} is ready")
        question = Question(messages=with_pictures(messages, parts), model=model or self.model, max_tokens=max_tokens)
        return reply(await connection.ask(question, progress.heard), notes)
