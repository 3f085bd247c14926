"""What is known of one kept picture: its sidecar."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from pydantic_core import from_json, to_json

SCHEME = "gallery://"
ENTRIES = "picture:"
# Ids are letters alone, so that no layer takes part of one for a telephone number.
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
BACK = str.maketrans("abcdefghijklmnop", "0123456789abcdef")
TIME, CHANCE = 13, 11
# What every id looks like.
ID = f"[a-p]{{{TIME + CHANCE}}}"
# Where pictures are served over HTTP.
WEB = "/images/"


@dataclass(frozen=True)
class Entry:
    """A kept picture; `made` is in seconds since 1970, `handle` is where the original lies among the artefacts.

    `details` is what the tool said of the picture besides prompt and model,
    `number` which it is of the `of` pictures of its call; usage and cost are
    those of the whole call, and `job` is its name in the ledger.
    """

    id: str
    made: float
    handle: str
    mime_type: str
    width: int
    height: int
    size: int
    principal: str
    tool: str
    prompt: str = ""
    model: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    usage: Any = None
    cost_usd: float | None = None
    client: str = ""
    call: str = ""
    job: str = ""
    number: int = 1
    of: int = 1

    @classmethod
    def load(cls, value: bytes) -> Entry:
        """The entry that `dump` wrote, also a later version of this program."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: item for name, item in from_json(value).items() if name in known})

    def dump(self) -> bytes:
        """The entry as the store keeps it."""
        return to_json(asdict(self), inf_nan_mode="null", serialize_unknown=True)

    @property
    def key(self) -> str:
        """Its place in the index."""
        return key_of(self.principal, self.id)

    @property
    def is_kept(self) -> bool:
        """Whether the original is durable, or this only describes it."""
        return bool(self.handle)

    @property
    def uri(self) -> str:
        """Where clients read the original."""
        return f"{SCHEME}{self.id}"

    @property
    def path(self) -> str:
        """Where the original is over HTTP."""
        return f"{WEB}{self.id}"

    @property
    def filename(self) -> str:
        """What its file is called where somebody saves it; of no letters that a caller chose."""
        return f"{self.tool}-{self.number}-{self.id[-6:]}.{self.format.lower()}"

    @property
    def format(self) -> str:
        """`PNG`, `JPEG`, `WEBP` or `GIF`."""
        return self.mime_type.rpartition("/")[2].upper()

    @property
    def date(self) -> str:
        """When it was made, as in `2026-11-20T06:30:00Z`."""
        return datetime.fromtimestamp(self.made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def public(self) -> dict[str, Any]:
        """What the one who made it sees of it, in lists and beside results."""
        return {
            "id": self.id,
            "uri": self.uri,
            "prompt": self.prompt,
            "model": self.model,
            "tool": self.tool,
            "made": self.date,
            "width": self.width,
            "height": self.height,
            "mime_type": self.mime_type,
            "bytes": self.size,
        }


def new_id(made: float) -> str:
    """An id that sorts before those of older pictures: the time, backwards, in microseconds, then 44 random bits.

    It need not be hard to guess: pictures are found by principal and id together.
    """
    return f"{_backwards(made):0{TIME}x}{secrets.randbits(4 * CHANCE):0{CHANCE}x}".translate(LETTERS)


def made_at(identifier: str) -> float:
    """When the picture of an id was made."""
    return _backwards(int(identifier[:TIME].translate(BACK), 16) / 1e6) / 1e6


def prefix_of(principal: str) -> str:
    """What the keys of one principal's entries begin with, whatever letters its name has."""
    return f"{ENTRIES}{blake2b(principal.encode(), digest_size=8).hexdigest()}:"


def key_of(principal: str, identifier: str) -> str:
    """The key of an entry: nobody can so much as name another principal's."""
    return prefix_of(principal) + identifier


def _backwards(seconds: float) -> int:
    span: int = 16**TIME
    return (span - 1 - round(seconds * 1e6)) % span
