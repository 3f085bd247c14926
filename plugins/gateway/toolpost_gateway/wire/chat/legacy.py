"""`functions` and `function_call`, the way to bring functions before there were `tools`."""

from __future__ import annotations

from typing import Any

from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields

BOTH = "functions: give tools or functions, not both"


def is_legacy(body: Fields) -> bool:
    """Whether the caller brings functions in the old way, and so wants its calls in it."""
    return body.has("functions")


def modern(body: Fields) -> Fields:
    """The same request with `tools` and `tool_choice`."""
    if not is_legacy(body):
        return body
    if body.items("tools"):
        raise Fault(400, BOTH, "functions", "invalid_value")
    tools = [{"type": "function", "function": one.given} for one in body.parts("functions")]
    given = {**body.given, "tools": tools, "parallel_tool_calls": False}
    return Fields(given | _choice(body), body.place)


def _choice(body: Fields) -> dict[str, Any]:
    match body.given.get("function_call"):
        case None:
            return {}
        case "auto" | "none" as way:
            return {"tool_choice": way}
        case dict():
            return {"tool_choice": {"type": "function", "function": body.part("function_call").given}}
    raise Fault(400, "function_call: give 'auto', 'none' or a name", "function_call", "invalid_value")
