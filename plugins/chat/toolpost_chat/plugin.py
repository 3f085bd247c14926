"""The `chat` plugin: its settings and its tools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from toolpost import Context, Tool, ToolResult, hookimpl
from toolpost_chat.conversation import conversation
from toolpost_openai import NATURE, REPLY, MaxTokens, Message, ModelName, OpenAI, Progress, Question, reply

Temperature = Annotated[
    float | None,
    Field(ge=0, le=2, description="0 for the likeliest answer, up to 2 for the wildest; not every model takes it."),
]


@dataclass
class Chat:
    """Asks a language model; `compatibility` adds the tool under its old name, `ask-openai`.

    `model` is asked where the caller names none.
    """

    openai: OpenAI
    model: str = "chat.fast"
    compatibility: bool = False

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        """`chat`, and `ask-openai` where it is wanted."""
        asking = {
            "provider": "openai",
            "output_schema": REPLY,
            "meta": {"toolpost/model": self.model},
            **NATURE,
        }
        yield Tool(self.chat, title="Ask a language model", **asking)
        if self.compatibility:
            yield Tool(self.ask, name="ask-openai", title="Ask OpenAI", **asking)

    def notes(self) -> Iterable[str]:
        """What `toolpost doctor` should say."""
        if self.openai.configured is None:
            yield (
                "no key is set, so a small model on this machine answers, if plugin 'local' is enabled; "
                "set OPENAI_API_KEY, or base_url in [plugins.openai], for a better one"
            )

    async def chat(
        self,
        prompt: Annotated[str | None, Field(description="What to ask, for a single question.")] = None,
        messages: Annotated[list[Message] | None, Field(description="A conversation, instead of prompt.")] = None,
        system: Annotated[str | None, Field(description="How the model is to behave.")] = None,
        model: ModelName = None,
        temperature: Temperature = None,
        max_tokens: MaxTokens = None,
        *,
        context: Context,
    ) -> ToolResult:
        """Ask another language model, and get its answer.

        Give either prompt or messages. The model knows nothing but what you
        send: it sees neither this conversation nor any file.
        """
        question = Question(
            messages=conversation(prompt, messages, system),
            model=model or self.model,
            temperature=temperature,
            max_tokens=max_tokens,
        )
        progress = Progress(context)
        connection = await self.openai.connect(progress.connecting)
        return reply(await connection.ask(question, progress.heard))

    async def ask(
        self,
        query: Annotated[str, Field(description="What to ask.")],
        model: ModelName = None,
        temperature: Temperature = None,
        max_tokens: MaxTokens = None,
        *,
        context: Context,
    ) -> ToolResult:
        """Ask a language model, and get its answer."""
        return await self.chat(query, None, None, model, temperature, max_tokens, context=context)
