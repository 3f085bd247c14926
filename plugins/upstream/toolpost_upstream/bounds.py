"""What a server may take of us, however it behaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """Numbers that hold for each server by itself; bytes are of the wire, seconds monotonic.

    `message_bytes` is a line, an event or a body; `list_bytes` and `pages`
    all pages of one list, of which so many `tools` (and so many resources,
    templates and prompts) are taken; `definition_bytes` one of these.
    `messages` a second may come unasked. A server that is down is tried again
    after `retry` seconds and ever later, up to `retry_longest`.
    """

    message_bytes: int = 8 * 1024 * 1024
    list_bytes: int = 4 * 1024 * 1024
    definition_bytes: int = 64 * 1024
    tools: int = 1000
    pages: int = 100
    messages: int = 500
    watched: int = 100
    retry: float = 1.0
    retry_longest: float = 300.0
    refresh: float = 300.0
