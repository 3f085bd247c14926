"""What goes in and comes out as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from toolpost_gallery.entry import Entry


@dataclass
class Image:
    """A kept picture; `url` is where its bytes are, beside `/images` on this server."""

    id: str
    url: str
    preview_url: str
    uri: Annotated[str, Field(description="The same picture as a resource of MCP.")]
    prompt: str
    model: str
    tool: str
    made: Annotated[str, Field(description="UTC, as in 2026-11-20T06:30:00Z.")]
    width: int
    height: int
    mime_type: str
    bytes: int
    filename: str
    quality: str = ""
    cost_usd: Annotated[float | None, Field(description="In US dollars; null where it is not known.")] = None

    @classmethod
    def of(cls, entry: Entry) -> Image:
        """A picture as its owner sees it."""
        quality = entry.details.get("quality")
        return cls(
            **entry.public(),
            url=entry.path,
            preview_url=f"{entry.path}?preview",
            filename=entry.filename,
            quality=quality if isinstance(quality, str) else "",
            cost_usd=None if entry.cost_usd is None else entry.cost_usd / entry.of,
        )


@dataclass
class Images:
    """A page of a list; with `next` as the cursor comes the one after it, null where this was the last."""

    images: list[Image]
    next: str | None = None


@dataclass
class Order:
    """Pictures to draw; what is left out is left to the tool and its model."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    size: Annotated[str, Field(pattern=r"^(auto|[1-9][0-9]{1,3}x[1-9][0-9]{1,3})$")] | None = None
    quality: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    n: Annotated[int, Field(ge=1, le=10, strict=True)] | None = None
    format: Literal["png", "webp", "jpeg"] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What was said, as the tool's arguments."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class Unkept:
    """A picture that was drawn and could not be kept: these bytes are all there is of it."""

    mime_type: str
    data: Annotated[str, Field(description="Base64.")]


@dataclass
class Drawn:
    """What came of an order; `replayed` says that it is the answer to an equal one made before."""

    images: list[Image]
    notes: Annotated[list[str], Field(description="Where something other than ordered was drawn.")]
    cost_usd: Annotated[float | None, Field(description="In US dollars; null where it is not known.")] = None
    replayed: bool = False
    unkept: list[Unkept] = field(default_factory=list)


@dataclass
class Drawing:
    """Whether pictures can be drawn here, and with what; `cost_usd` is what one cost lately."""

    tool: str | None
    accepts: Annotated[list[str], Field(description="Those of model, size, quality, n and format that it takes.")]
    cost_usd: float | None = None


@dataclass
class Bounds:
    """What is kept; 0 is no bound."""

    days: float
    count: int
    bytes: int


@dataclass
class Statistics:
    """All pictures of everybody; bytes as they lie on the disk, equal pictures once."""

    pictures: int
    bytes: int
    principals: int
    oldest: str | None
    newest: str | None
    not_kept: Annotated[int, Field(description="Pictures that a full disk has cost, since this host began.")]
    keeps: Bounds


@dataclass
class Report:
    """What a clean-up has removed, and what is left."""

    removed: int
    freed_bytes: int
    left: Statistics


@dataclass
class NotKept:
    """A failure in the shape of all others, with the pictures that there was no room for."""

    error: dict[str, str | None]
    unkept: list[Unkept]
