"""What a server says unasked: that it offers something else, and that resources read differently."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import anyio

from toolpost_upstream.session.session import ServerError, Session
from toolpost_upstream.wires.underway import SUBSCRIBE
from toolpost_upstream.wires.wire import Denied, JSONObject, WireError

log = logging.getLogger("toolpost.upstream")

CHANGED = {f"notifications/{kind}/list_changed": kind for kind in ("tools", "resources", "prompts")}
UPDATED = "notifications/resources/updated"
# Seconds between two attempts to listen, where the server ends the stream.
AGAIN = 5.0
# Seconds that subscribing may take in all, and requests for it at once.
SUBSCRIBING, AT_ONCE = 2.0, 4


def read(message: JSONObject) -> tuple[str, str]:
    """What kind of thing has changed, "" if it is nothing; and the address of a resource that reads differently."""
    method = message.get("method")
    if method == UPDATED:
        params = message.get("params")
        uri = params.get("uri") if isinstance(params, dict) else None
        return ("resource", uri) if isinstance(uri, str) else ("", "")
    return (CHANGED.get(method, "") if isinstance(method, str) else ""), ""


async def subscribe(session: Session, uris: Iterable[str]) -> None:
    """Have a server of the older era tell of changes of these resources; done before anybody can call it.

    Some servers ask a question of whoever subscribes. As long as there are
    no callers, it cannot be taken for one about a call of theirs.
    """
    if session.wire.stateless or not session.can("resources", "subscribe"):
        return
    left = iter(uris)

    async def each() -> None:
        for uri in left:
            try:
                await session.request(SUBSCRIBE, {"uri": uri})
            except ServerError as error:
                log.debug("a resource cannot be watched: %s", error)
            except WireError:
                return

    with anyio.move_on_after(SUBSCRIBING):
        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(each)


async def watch(session: Session, uris: Iterable[str], heard: Callable[[JSONObject], None]) -> None:
    """Have a server of the newer era tell of changes: of lists, and of these resources. Ends where it will not."""
    if not session.wire.stateless:
        return
    wanted = list(uris) if session.can("resources", "subscribe") else []
    lists = {f"{kind}ListChanged": True for kind in ("tools", "resources", "prompts") if session.can(kind)}
    asked: dict[str, Any] = {**lists, **({"resourceSubscriptions": wanted} if wanted else {})}
    while asked and await _listened(session, asked, heard):  # noqa: ASYNC110 - it is the server that ends it
        await anyio.sleep(AGAIN)


async def _listened(session: Session, asked: JSONObject, heard: Callable[[JSONObject], None]) -> bool:
    """Listen as long as the server lets us; whether it is worth another attempt."""
    exchange = await session.begin("subscriptions/listen", {"notifications": asked})
    reason = "nobody listens any more"
    try:
        while True:
            message = await exchange.next()
            if "method" not in message:
                reason = ""
                return "error" not in message
            heard(message)
    except WireError as failure:
        reason = ""
        return not isinstance(failure, Denied)
    finally:
        exchange.end(reason)
