"""What a tool wants of the client while it runs (its log, its model, its folders): all of it passes the layer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from toolpost.tools.content import Block
from toolpost.tools.context import Ask
from toolpost.tools.peer import Inquiry, Level, Peer, Question, Root, Sampled, Sampling

Texts = Callable[[list[str]], Awaitable[list[str]]]


@dataclass(frozen=True)
class Clean:
    """A peer that hears and says nothing personal: `out` cleans what goes to it, `back` what comes from it.

    `log` cleans lines for its log, `asking` makes a question clean.
    """

    peer: Peer
    log_line: Texts
    out: Texts
    back: Texts
    asking: Callable[[Ask], Ask]

    @property
    def memory(self) -> dict[str, Any]:
        return self.peer.memory

    def can(self, capability: str) -> bool:
        return self.peer.can(capability)

    async def release(self) -> None:
        await self.peer.release()

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        [clean] = await self.log_line([message])
        await self.peer.log(level, clean, logger)

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        match inquiry:
            case Question():
                return await self._question(inquiry, key)
            case Sampling():
                return await self._sampling(inquiry, key)
        given = await self.peer.inquire(inquiry, key)
        return tuple([await self._root(root) for root in given])

    async def _question(self, inquiry: Question, key: str | None) -> Any:
        async def ask(message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
            given: Mapping[str, Any] | None = await self.peer.inquire(Question(message, schema), key)
            return given

        return await self.asking(ask)(inquiry.message, dict(inquiry.schema))

    async def _sampling(self, inquiry: Sampling, key: str | None) -> Sampled:
        messages = await _blocks([block for _, block in inquiry.messages], self.out)
        roles = [role for role, _ in inquiry.messages]
        system = (await self.out([inquiry.system]))[0] if inquiry.system else inquiry.system
        clean = replace(inquiry, messages=tuple(zip(roles, messages, strict=True)), system=system)
        answer: Sampled = await self.peer.inquire(clean, key)
        return replace(answer, content=tuple(await _blocks(answer.content, self.back)))

    async def _root(self, root: Root) -> Root:
        uri, name = await self.back([root.uri, root.name])
        return Root(uri, name)


async def _blocks(blocks: Any, clean: Texts) -> list[Block]:
    """Blocks with clean texts; pictures and sounds are left as they are."""
    texts = await clean([block.text for block in blocks if block.type == "text"])
    rest = iter(texts)
    return [block.model_copy(update={"text": next(rest)}) if block.type == "text" else block for block in blocks]
