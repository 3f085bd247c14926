"""The model as something that is called like a tool, so that every policy holds for what is said to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from toolpost import Context, Host, Tool, ToolCall, ToolError, ToolResult, Unavailable
from toolpost_gateway.loop.answer import read, written
from toolpost_gateway.loop.costs import unknown_cost
from toolpost_gateway.loop.errand import Asking, Errand, bare
from toolpost_gateway.loop.looking import Looking
from toolpost_gateway.loop.voice import Voice
from toolpost_gateway.talk import Loader, Request
from toolpost_openai import OpenAI
from toolpost_openai.turns import Function, Said

PLUGIN = "gateway"
# Only as deep as layers need it: the rest is the provider's to judge.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "messages": {"type": "array", "items": {"type": "object"}, "minItems": 1},
        "model": {"type": "string"},
        "functions": {"type": "array", "items": {"type": "object"}},
        "choice": {"type": "string"},
        "parallel": {"type": "boolean"},
        "settings": {"type": "object"},
        "max_tokens": {"type": "integer"},
        "key": {"type": "string"},
    },
    "required": ["messages", "model"],
}
LIMITS = ("max_completion_tokens", "max_tokens")
# Letters alone, so that no layer takes a part of an id for somebody's number.
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def model_tool(function: Callable[..., Any], seconds: float) -> Tool:
    """What a question to a model is, for the layers."""
    return Tool(
        function,
        name="model",
        title="Ask the model",
        description="Asks the model of a conversation.",
        input_schema=SCHEMA,
        read_only=True,
        destructive=False,
        idempotent=False,
        open_world=True,
        billable=True,
        timeout=seconds,
        provider="openai",
        meta={"toolpost/primitive": "model"},
    )


class Model:
    """Asks the provider, as a call of the tool `model` through all layers of the host."""

    def __init__(self, host: Host, openai: OpenAI, seconds: float, loader: Loader | None = None) -> None:
        self._host, self._openai, self._looking = host, openai, Looking(loader)
        self.tool = model_tool(self._answer, seconds).of(PLUGIN, host.registry.versions.get(PLUGIN, ""))

    async def ask(self, question: Question, context: Context, voice: Voice) -> Said:
        """One turn, of which the caller hears bit by bit; it is as the layers answered with it.

        Raises:
            ToolError: the model cannot be asked, or its answer broke off.
        """
        errand = Errand(question.ours, question.theirs, question.messages, question.choice, voice, question.loaded)
        call = ToolCall(self.tool, question.arguments, _surroundings(context, errand))
        errand.listen([self._host.stream(call) if voice.in_pieces else None for _ in range(3)])
        said = read(await self._host.answer(call), errand.said)
        await errand.complete(said)
        return said

    def dollars(self, usage: Mapping[str, Any], arguments: Mapping[str, Any] | None = None) -> float | None:
        """What a turn has cost that asked this; where no price is known, what counts for such calls, or None."""
        if (cost := self._openai.cost(usage)) is not None:
            return float(cost)
        if self._openai.estimate(self.tool.name, arguments or {}) == 0:
            return 0.0
        return unknown_cost(self._host)

    async def _answer(self, arguments: Mapping[str, Any], context: Context) -> ToolResult:
        errand = context.errand if isinstance(context, Asking) else None
        if errand is None:
            raise ToolError("the model is asked in conversations alone")
        connection = await self._openai.connect()
        try:
            turn = await self._looking.turn(errand.turn(arguments), connection.server, context, errand.loaded)
            said = await connection.converse(turn, errand.hear)
        except Unavailable as error:
            if not errand.began:
                raise
            # The caller has heard a part of it: the same again would be heard twice.
            broken = ToolError(str(error))
            broken.meta = error.meta
            raise broken from None
        await errand.heard(said)
        return written(said)


class Question:
    """What the model is asked in one turn, in the form of a call's arguments; the rest goes around layers."""

    def __init__(
        self,
        request: Request,
        messages: Sequence[Mapping[str, Any]],
        ours: Sequence[Function],
        *,
        model: str,
        choice: str,
        name: str,
        loaded: dict[str, str],
    ) -> None:
        self.ours, self.theirs = ours, request.functions
        self.messages, self.choice, self.loaded = messages, choice, loaded
        # Two that are alike are two all the same, unless the caller says that they are one.
        named = {"key": name} if name else {}
        self.arguments: dict[str, Any] = {
            "messages": [bare(message) for message in messages],
            "model": request.model or model,
            "choice": choice,
            "parallel": request.parallel,
            "settings": dict(request.settings),
            **named,
        }
        if request.functions:
            self.arguments["functions"] = [
                {"name": one.name, "description": one.description, "parameters": dict(one.parameters)}
                for one in request.functions
            ]
        if (most := next((request.settings[name] for name in LIMITS if request.settings.get(name)), None)) is not None:
            self.arguments["max_tokens"] = most


def new_name() -> str:
    """A name that no other question or call has."""
    return secrets.token_hex(10).translate(LETTERS)


def name_of(key: str) -> str:
    """The name that goes with a key: the same whenever it comes again."""
    return blake2b(key.encode(), digest_size=10).hexdigest().translate(LETTERS)


def _surroundings(context: Context, errand: Errand) -> Asking:
    """A context for one question: the same caller, whose other calls have nothing to do with it."""
    return Asking(
        principal=context.principal,
        client=replace(context.client, call_seconds=None),
        surface=context.surface,
        scopes=context.scopes,
        question=context.question,
        deadline=context.deadline,
        errand=errand,
    )
