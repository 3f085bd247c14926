"""What a tool wants of its client, from the plugin's process to the host and back."""

from __future__ import annotations

from typing import Any

from toolpost.errors import Refused
from toolpost.isolation.wire import JSONObject, block, read_block
from toolpost.tools.asking import asked, inquired
from toolpost.tools.context import Context
from toolpost.tools.peer import Inquiry, Question, Root, RootsWanted, Sampled, Sampling

RELEASE = "toolpost/release"


def request(inquiry: Inquiry) -> tuple[str, JSONObject]:
    """The method and parameters of a request for it."""
    match inquiry:
        case Question(message, schema):
            return "elicitation/create", {"message": message, "requestedSchema": dict(schema)}
        case Sampling():
            return "sampling/createMessage", {
                "messages": [{"role": role, "content": block(one)} for role, one in inquiry.messages],
                "maxTokens": inquiry.max_tokens,
                "systemPrompt": inquiry.system,
                "temperature": inquiry.temperature,
                "stopSequences": list(inquiry.stop),
            }
        case RootsWanted():
            return "roots/list", {}


def answer(inquiry: Inquiry, result: JSONObject) -> Any:
    """What the tool gets, from the result that `forward` gave."""
    match inquiry:
        case Question():
            return result["content"] if result["action"] == "accept" else None
        case Sampling():
            content = tuple(map(read_block, result["content"]))
            return Sampled(content, result["model"], result["stopReason"])
        case RootsWanted():
            return tuple(Root(root["uri"], root["name"]) for root in result["roots"])


async def forward(context: Context, method: str, params: JSONObject, key: str | None) -> JSONObject:
    """Ask the client of a call.

    Raises:
        Refused: it cannot.
        InputRequired: it brings the answer in the next round.
    """
    match method:
        case "elicitation/create":
            given = await asked(context, params["message"], params["requestedSchema"], key)
            return {"action": "decline"} if given is None else {"action": "accept", "content": dict(given)}
        case "sampling/createMessage":
            said = await inquired(context, "sampling", _sampling(params), key)
            return {"content": list(map(block, said.content)), "model": said.model, "stopReason": said.stop_reason}
        case "roots/list":
            roots = await inquired(context, "roots", RootsWanted(), key)
            return {"roots": [{"uri": root.uri, "name": root.name} for root in roots]}
        case "toolpost/release":
            await context.release()
            return {}
    raise Refused(f"there is no {method[:64]!r} here")


def _sampling(params: JSONObject) -> Sampling:
    messages = tuple((one["role"], read_block(one["content"])) for one in params["messages"])
    stop = tuple(params.get("stopSequences") or ())
    return Sampling(messages, params["maxTokens"], params.get("systemPrompt"), params.get("temperature"), stop)
