"""What a tool wants of the client, in the SDK's words, and back."""

from __future__ import annotations

from typing import Any

from mcp_types import (
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
)

from toolpost.tools.peer import Inquiry, Question, Root, RootsWanted, Sampled, Sampling

Request = ElicitRequest | CreateMessageRequest | ListRootsRequest
Result = ElicitResult | CreateMessageResult | ListRootsResult
RESULTS: dict[type[Inquiry], type[Result]] = {
    Question: ElicitResult,
    Sampling: CreateMessageResult,
    RootsWanted: ListRootsResult,
}


def request(inquiry: Inquiry) -> Request:
    """The request that goes to the client."""
    match inquiry:
        case Question(message, schema):
            return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=dict(schema)))
        case Sampling():
            return CreateMessageRequest(params=_sampling(inquiry))
        case _:
            return ListRootsRequest()


def answer(result: Result) -> Any:
    """What the tool gets; None where the person declined."""
    match result:
        case ElicitResult():
            return (result.content or {}) if result.action == "accept" else None
        case CreateMessageResult():
            return Sampled((result.content,), result.model, result.stop_reason)
        case _:
            return tuple(Root(str(root.uri), root.name or "") for root in result.roots)


def declared(capabilities: ClientCapabilities | None, name: str) -> bool:
    """Whether a client named a capability, which may be one within another (`sampling.tools`)."""
    if name == "elicitation":
        return _shows_forms(capabilities)
    value: Any = capabilities
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value is not None


def required(names: tuple[str, ...]) -> dict[str, Any]:
    """The capabilities that a client would need, as an error of the protocol names them."""
    wanted: dict[str, Any] = {}
    for name in names:
        within = wanted
        for part in name.split("."):
            within = within.setdefault(part, {})
    return wanted


def _shows_forms(capabilities: ClientCapabilities | None) -> bool:
    """Whether a client can ask: one that names no mode means forms (MCP 2025-11-25, elicitation)."""
    asks = capabilities.elicitation if capabilities else None
    return asks is not None and (asks.form is not None or asks.url is None)


def _sampling(wanted: Sampling) -> CreateMessageRequestParams:
    # A block of a kind that no model takes is the tool's mistake, and pydantic says so.
    messages = [SamplingMessage.model_validate({"role": role, "content": block}) for role, block in wanted.messages]
    return CreateMessageRequestParams(
        messages=messages,
        max_tokens=wanted.max_tokens,
        system_prompt=wanted.system,
        temperature=wanted.temperature,
        stop_sequences=list(wanted.stop) or None,
    )
