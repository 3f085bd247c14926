"""The models that a connection serves, as programs that choose among them want to know them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import anyio

from toolpost_openai.catalogue import Catalogue, Model, today
from toolpost_openai.choice import DEFAULT
from toolpost_openai.provider import Provider, calls_tools

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from toolpost_openai.connection import Connection
    from toolpost_openai.posting import Posting

Kind = Literal["chat", "image", "other"]
Row = Mapping[str, Any]
PICTURES = re.compile(r"image|dall-e|flux|diffusion", re.IGNORECASE)
NEITHER = re.compile(
    r"embed|rerank|whisper|\btts|moderation|realtime|transcribe|sora|babbage|davinci|-live", re.IGNORECASE
)
# Seconds to wait for a list, to believe it, and to believe that there is none.
WAIT, BELIEVE, DOUBT = 10.0, 60.0, 5.0
# Seconds to believe that a model calls no tools: a server may be started anew with other models.
REMEMBER = 600.0
# Seconds to believe that whole answers do not get through: what is on the way seldom changes, and to ask costs one.
LONG = 3600.0


@dataclass(frozen=True)
class Offered:
    """A model that can be asked by its name or an alias.

    `created` is in seconds since 1970, 0 where nobody says; `tools` that it may call functions.
    """

    name: str
    aliases: tuple[str, ...] = ()
    created: int = 0
    owned_by: str = ""
    ends: date | None = None
    kind: Kind = "chat"
    tools: bool = True


@dataclass(eq=False)
class Listing:
    """What a server says that it has; asked for once a minute at most, by one at a time.

    `posting` is the way to its models. `toolless` are those that were given functions in vain, and until when that
    counts. `streams_until` is how long answers come in pieces alone, since a whole one was refused or cut off.
    """

    client: AsyncOpenAI
    posting: Posting
    clock: Callable[[], float] = time.monotonic
    toolless: dict[str, float] = field(default_factory=dict)
    streams_until: float = float("-inf")
    _rows: Sequence[Row] = ()
    _until: float = float("-inf")
    _turn: anyio.Lock = field(default_factory=anyio.Lock)

    async def rows(self) -> Sequence[Row]:
        """The models in the provider's own form; none where it does not say."""
        if self.clock() < self._until:
            return self._rows
        async with self._turn:
            if self.clock() >= self._until:
                self._rows = await self._ask()
                self._until = self.clock() + (BELIEVE if self._rows else DOUBT)
        return self._rows

    def learn_toolless(self, model: str) -> None:
        """Remember that a model calls no tools, so that not every turn is refused first."""
        self.toolless[model] = self.clock() + REMEMBER

    def calls_tools(self, model: str) -> bool:
        """Whether a model may be given functions, as far as is known."""
        return self.clock() >= self.toolless.get(model, float("-inf"))

    def learn_streaming(self) -> None:
        """Remember that whole answers do not get through, so that the next one does."""
        self.streams_until = self.clock() + LONG

    @property
    def gives_whole(self) -> bool:
        """Whether a whole answer may be asked for, as far as is known."""
        return self.clock() >= self.streams_until

    async def _ask(self) -> Sequence[Row]:
        from toolpost_openai.connection import AT_READING

        try:
            listed: Any = await self.client.get("/models", cast_to=object, options={"timeout": WAIT})
            return [row for row in listed["data"] if isinstance(row["id"], str)]
        except AT_READING:
            return []


async def offered(connection: Connection, catalogue: Catalogue, aliases: Mapping[str, str]) -> list[Offered]:
    """All that the connection serves and that has not ended; without the provider's word, what the catalogue says."""
    server, day = connection.server, today()
    rows = await connection.listing.rows() or [{"id": name} for name in catalogue.alive(day) if server.official]
    named = await _aliases(connection, catalogue, aliases)
    known = {row["id"] for row in rows}
    rows = [*rows, *({"id": name} for name in dict.fromkeys(named.values()) if name not in known)]
    found = (_offered(row, catalogue, named, official=server.official) for row in rows)
    calls = connection.listing.calls_tools
    return [replace(one, tools=one.kind == "chat" and calls(one.name)) for one in found if not _ended(one, day)]


def own(provider: Provider, catalogue: Catalogue, aliases: Mapping[str, str]) -> Offered:
    """The one model of our own, which need not be ready for that."""
    named = [alias for alias in dict.fromkeys([*catalogue.aliases, *aliases]) if not alias.startswith("image.")]
    # Not every provider says the name before it is connected; all answer to an alias.
    name = getattr(provider, "model_name", "") or DEFAULT
    others = tuple(alias for alias in named if alias != name)
    return Offered(name, others, owned_by=provider.name, tools=calls_tools(provider))


async def _aliases(connection: Connection, catalogue: Catalogue, own: Mapping[str, str]) -> dict[str, str]:
    """The name behind each alias; elsewhere than at OpenAI those of pictures mean nothing by themselves."""
    everywhere = [alias for alias in catalogue.aliases if connection.server.official or alias.startswith("chat.")]
    return {alias: (await connection.choose(alias)).model.name for alias in dict.fromkeys([*everywhere, *own])}


def _offered(row: Row, catalogue: Catalogue, named: Mapping[str, str], *, official: bool) -> Offered:
    name = row["id"]
    model = catalogue.find(name) if official else Model(name)
    return Offered(
        name,
        tuple(_behind(name, named)),
        created=row["created"] if type(row.get("created")) is int else 0,
        owned_by=str(row.get("owned_by") or ""),
        ends=day_of(row.get("shutdown_date")) or model.ends,
        kind=_kind(name, model, known=official and catalogue.knows(name)),
    )


def _behind(name: str, named: Mapping[str, str]) -> Iterable[str]:
    return (alias for alias, target in named.items() if target == name and alias != name)


def _kind(name: str, model: Model, *, known: bool) -> Kind:
    if known:
        return "image" if model.draws else "chat"
    if NEITHER.search(name):
        return "other"
    return "image" if PICTURES.search(name) else "chat"


def _ended(one: Offered, day: date) -> bool:
    return one.ends is not None and one.ends <= day


def day_of(said: Any) -> date | None:
    """A day as providers write it: a date, or a moment that begins with one."""
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None
