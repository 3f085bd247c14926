"""A question whose answer is a text, as a turn of a conversation without functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from toolpost_openai.answer import Answer, Question
from toolpost_openai.turns import Listener, Piece, Refusal, Said, Text, Turn

Heard = Callable[[int], Awaitable[None]]
"""Is told how many characters of the answer have come."""


async def nobody(characters: int) -> None:
    """Nobody listens."""


async def text_alone(converse: Callable[[Turn, Listener], Awaitable[Said]], question: Question, heard: Heard) -> Answer:
    """The whole answer, in which words of refusal are words like any other."""
    characters = 0

    async def grown(piece: Piece) -> None:
        nonlocal characters
        if isinstance(piece, Text | Refusal):
            characters += len(piece.text)
            await heard(characters)

    settings = {"temperature": question.temperature, "max_tokens": question.max_tokens}
    said = await converse(Turn(messages=question.messages, model=question.model, settings=settings), grown)
    return Answer(
        text=said.text + said.refusal,
        model=said.model,
        provider=said.provider,
        finish_reason=said.finish_reason,
        usage=said.usage,
        cached_tokens=said.cached_tokens,
        notes=(*said.notes, *_remarks(said)),
        demonstration=said.demonstration,
    )


def _remarks(said: Said) -> list[str]:
    """What whoever asked should know of how the answer ended."""
    if said.finish_reason == "length" and not said.text:
        return ["max_tokens was used up before any text (reasoning counts too); allow more"]
    if said.finish_reason == "length":
        return ["the answer was cut at max_tokens"]
    if said.finish_reason == "content_filter":
        return ["the provider's content filter cut the answer"]
    if said.refusal:
        return ["the model declined to answer"]
    return [] if said.text else ["the model answered nothing"]
