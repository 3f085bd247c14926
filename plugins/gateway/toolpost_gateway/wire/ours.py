"""What a request says beside what OpenAI's API knows: the field `toolpost`, and headers."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields

HEADER, KEY = "x-toolpost-activity", "idempotency-key"
LONGEST_KEY = 255


@dataclass(frozen=True)
class Ours:
    """What is said.

    `activity`: tell of the tools that are called. `tools`: false where the
    model is to have none of ours. `key`: what two requests have in common that are to be one.
    `base`: where the caller reached this host.
    """

    activity: bool = False
    tools: bool = True
    key: str = ""
    base: str = ""


def ours(body: Fields, request: Request) -> Ours:
    """What is said; a header can ask for activity where a client sends no fields of its own.

    Raises:
        Fault: it is said wrongly.
    """
    part = body.part("toolpost")
    told = request.headers.get(HEADER, "").strip().lower()
    if told not in ("", "true", "false"):
        raise Fault(400, f"{HEADER}: give true or false", HEADER, "invalid_value")
    key = request.headers.get(KEY, "")
    if len(key) > LONGEST_KEY:
        raise Fault(400, f"{KEY}: at most {LONGEST_KEY} characters", KEY, "string_above_max_length")
    return Ours(part.flag("activity", told == "true"), part.flag("tools", True), key, str(request.base_url))
