"""What a server wants to know in the middle of a call, asked of whoever called."""

from __future__ import annotations

from typing import Any

from toolpost import Context, InvalidArguments, MissingCapability, Refused, ToolError
from toolpost.kit import block, read_block
from toolpost_upstream.wires.wire import JSONObject

NOT_FOUND, REFUSED, MISSING = -32601, -1, -32021
# Characters of a question: what stands in it is a stranger's.
QUESTION = 4000
# The most words that a server may have the caller's model write at once.
TOKENS = 32_768


class No(Exception):
    """The question cannot be answered; the server hears why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def abilities(context: Context) -> JSONObject:
    """What may be asked in this call, as the stateless era says it."""
    can: JSONObject = {}
    if context.can("elicitation"):
        can["elicitation"] = {"form": {}}
    if context.peer is not None:
        can |= {name: {} for name in ("sampling", "roots") if context.can(name)}
    return can


async def inquired(server: str, context: Context, method: Any, params: Any, key: str) -> JSONObject:
    """The answer to a question of a server.

    Raises:
        No: the caller cannot be asked that, or the question is none.
        InputRequired: the caller brings the answer in the next round.
    """
    params = params if isinstance(params, dict) else {}
    try:
        match method:
            case "elicitation/create":
                return await _filled(server, context, params, key)
            case "sampling/createMessage":
                return await _sampled(context, params, key)
            case "roots/list":
                return await _places(context, key)
    except No:
        raise
    except (ValueError, KeyError, TypeError, ToolError) as error:
        raise No(REFUSED, str(error)[:300] if isinstance(error, ToolError) else "this is no valid question") from None
    raise No(NOT_FOUND, f"there is no {str(method)[:64]!r} here")


async def _filled(server: str, context: Context, params: JSONObject, key: str) -> JSONObject:
    if params.get("mode", "form") != "form":
        raise No(-32602, "only forms can be asked through toolpost")
    if not context.can("elicitation"):
        raise No(MISSING, "whoever called cannot be asked")
    # Who asks is not the one that the person speaks to, and they must know that.
    message = f"{server} asks: {str(params.get('message', ''))[:QUESTION]}"
    try:
        given = await context.ask(message, dict(params["requestedSchema"]), key=key)
    except MissingCapability:
        # Nobody was asked, so nobody has said no.
        return {"action": "cancel"}
    except (Refused, InvalidArguments):
        return {"action": "decline"}
    return {"action": "accept", "content": dict(given)}


async def _sampled(context: Context, params: JSONObject, key: str) -> JSONObject:
    if not context.can("sampling"):
        raise No(MISSING, "whoever called has no model to ask")
    if params.get("tools"):
        raise No(-32602, "sampling with tools is not possible through toolpost")
    messages = [
        (message["role"], [read_block(one) for one in _several(message["content"])]) for message in params["messages"]
    ]
    said = await context.sample(
        [(role, one) for role, blocks in messages for one in blocks],
        max_tokens=min(int(params["maxTokens"]), TOKENS),
        system=params.get("systemPrompt"),
        temperature=params.get("temperature"),
        stop=tuple(params.get("stopSequences") or ()),
        key=key,
    )
    content = block(said.content[0]) if said.content else {"type": "text", "text": ""}
    wire = {"role": "assistant", "content": content, "model": said.model or "unknown"}
    return wire if said.stop_reason is None else {**wire, "stopReason": said.stop_reason}


async def _places(context: Context, key: str) -> JSONObject:
    if not context.can("roots"):
        raise No(MISSING, "whoever called does not tell where they work")
    found = await context.roots(key=key)
    return {"roots": [{"uri": root.uri, **({"name": root.name} if root.name else {})} for root in found]}


def _several(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]
