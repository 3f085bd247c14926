"""For how long, how many and how much is kept, and what is said where nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from toolpost import Artefacts, Store, UnknownTool

DAY = 86_400.0
LOST = "the session was deleted while it was answered, or another process has taken it over"
UNKNOWN = "there is no such session here; leave session_id out to begin one"


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """The bounds of sessions.

    `tokens` is how much of a conversation the model is sent, by estimate;
    `days` counts from its last use; `count` is of one caller, and `bytes` of one session.
    """

    tokens: int = 16_000
    days: float = 30.0
    count: int = 1000
    bytes: int = 2_000_000


class Settings(Protocol):
    """Of whom sessions are, and what it says of them."""

    store: Store
    artefacts: Artefacts
    session_tokens: int
    session_days: float
    sessions: int
    session_bytes: int


class UnknownSession(UnknownTool):
    """No session of that id is this caller's: never made, another's, expired and deleted are told alike."""

    def __init__(self) -> None:
        super().__init__(UNKNOWN)
