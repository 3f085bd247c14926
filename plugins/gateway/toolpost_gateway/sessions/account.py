"""A turn while it runs: what was heard of it is passed on, and written down as far as it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import anyio

from toolpost_gateway.sessions.pictures import Album
from toolpost_gateway.sessions.queue import Lease
from toolpost_gateway.sessions.records import Record, State, text_of
from toolpost_gateway.sessions.shelf import Shelf
from toolpost_gateway.talk import Began, Emit, Ended, Event, Refusal, Text

# Characters of a tool's answer that are kept for people; the model's own copy is whole, while it fits.
EXCERPT = 2000
SHORTENED = "… (the rest of this was not kept)"


class Steps(list[Any]):
    """What the loop has said as far as it is whole; tells when it has grown."""

    def __init__(self, grown: Callable[[], None]) -> None:
        super().__init__()
        self._grown = grown

    def extend(self, messages: Iterable[Any]) -> None:
        """Add messages that are valid together."""
        super().extend(messages)
        self._grown()

    def __iadd__(self, messages: Iterable[Any]) -> Self:  # type: ignore[misc]  # list has it for lists alone
        self.extend(messages)
        return self


@dataclass
class Account:
    """Keeps the record of one turn in step with what happens.

    `said` is what the loop extends; while `keep_up` runs, each call of a tool
    is written down with its result before the model has answered to it.
    `most` is how many bytes the record may take. The `lease` ends with the end. Where an earlier answer
    `stays` until this one is whole, nothing is written before that.
    """

    shelf: Shelf
    album: Album
    record: Record
    raw: bytes | None
    emit: Emit
    most: int
    lease: Lease
    stays: bool = False
    tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    _words: list[str] = field(default_factory=list)
    _kept: list[dict[str, Any]] = field(default_factory=list)
    _writing: anyio.Lock = field(default_factory=anyio.Lock)
    _grown: anyio.Event = field(default_factory=anyio.Event)

    @cached_property
    def said(self) -> Steps:
        """The whole steps of the turn."""
        return Steps(self._stepped)

    async def hear(self, event: Event) -> None:
        """Take note of an event, and pass it on."""
        match event:
            case Text(text) | Refusal(text):
                self._words.append(text)
            case Began(id, tool, label, _, title):
                self.tools[id] = {"id": id, "tool": tool, "label": label, "title": title}
            case Ended(id):
                self.tools[id] = {**self.tools.get(id, {"id": id}), **kept_of(event)}
        await self.emit(event)

    async def keep_up(self) -> None:
        """Write down each step that is followed by another."""
        while True:
            await self._grown.wait()
            self._grown = anyio.Event()
            if self.said[-1]["role"] == "tool":
                await self._write()

    async def end(self, state: State, error: str = "", notes: Sequence[str] = ()) -> Record:
        """Write down how it ended; words that were heard and belong to no message are kept as one."""
        rest = [] if state == "done" or not self._words else [{"role": "assistant", "content": "".join(self._words)}]
        await self._write(rest, state=state, error=error[:500], notes=tuple(notes), is_last=True)
        return self.record

    def _stepped(self) -> None:
        # What was heard until now is in these messages.
        self._words.clear()
        self._grown.set()

    async def _write(self, rest: Sequence[Any] = (), *, is_last: bool = False, **changes: Any) -> None:
        if self.stays and changes.get("state") != "done":
            return
        async with self._writing:
            if self.lease.is_over:
                return
            # Whoever is cancelled in this would not know what is written.
            with anyio.CancelScope(shield=True):
                self._kept += await self.album.keep(self.said[len(self._kept) :])
                changes |= {"said": [*self._kept, *rest], "tools": [*self.tools.values()]}
                record = fitting(replace(self.record, **changes), self.most)
                self.raw = await self.shelf.write(record, self.raw, self.lease if is_last else None)
                self.record = record


def fitting(record: Record, most: int) -> Record:
    """The record in so many bytes: what tools answered is shortened, the longest first."""
    size = len(record.written)
    said = [*record.said]
    for place in sorted(range(len(said)), key=lambda place: -len(text_of(said[place]))):
        if size <= most:
            break
        if said[place]["role"] == "tool" and (text := text_of(said[place]))[EXCERPT:]:
            size -= len(text.encode()) - EXCERPT
            said[place] = {**said[place], "content": text[:EXCERPT] + SHORTENED}
    return replace(record, said=said)


def kept_of(ended: Ended) -> dict[str, Any]:
    """What is kept, and shown to people, of a call that has ended."""
    return {
        "tool": ended.tool,
        "text": ended.text[:EXCERPT],
        "is_error": ended.is_error,
        "seconds": round(ended.seconds, 3),
        "pictures": [{"title": picture.title, "url": picture.url} for picture in ended.pictures],
    }
