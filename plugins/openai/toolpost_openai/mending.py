"""What to change in a request that the server refused, where nothing that matters is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from openai import APIStatusError

from toolpost import InvalidArguments
from toolpost_openai.dialects.chat import STREAMED
from toolpost_openai.dialects.settings import left_out

Body = dict[str, Any]

# Without these it would be another request.
ESSENTIAL = frozenset({"model", "messages", "input", "stream", "store", "tools", "tool_choice"})
# What we add on our own.
SILENT = ("stream_options", "include")
TOOLS = ("tools", "tool_choice", "parallel_tool_calls")
# As Ollama, OpenRouter, vLLM and llama.cpp say that a model cannot call functions.
NO_TOOLS = re.compile(
    r"(?:not|n't) (?:currently )?support (?:the use of )?(?:tool|function)|support tool use"
    r"|(?:tool|function)s?(?: use| calling)? (?:is|are) (?:not|un)\W?support"
    r"|requires --enable-auto-tool-choice|tools param requires",
    re.IGNORECASE,
)
STREAM = re.compile(r"\bstream", re.IGNORECASE)
NO_TOOLS_STATUS = (400, 404, 422, 500, 501)
UNKNOWN = re.compile(
    r"unsupported|unrecognized|unknown|not support|not permitted|extra_forbidden|unexpected", re.IGNORECASE
)
READ = 2000
# In the `meta` of an error: which parameter asks for what the model cannot do.
UNSUPPORTED = "toolpost/unsupported"
FREE = ("auto", "none")


def mend(request: Body, error: Exception, notes: list[str]) -> bool:
    """Take out of a request what the server says it does not know; False where it says anything else.

    A refusal means that nothing was carried out. Each round takes one thing
    away, so that this comes to an end.
    """
    if not isinstance(error, APIStatusError):
        return False
    said = str(error.body)[:READ]
    steps: tuple[Callable[[Body, APIStatusError, str, list[str]], bool], ...] = (_stream, _effort, _tools, _kept, _name)
    return any(step(request, error, said, notes) for step in steps)


def _stream(request: Body, error: APIStatusError, said: str, notes: list[str]) -> bool:
    """Ask for pieces where a server gives no whole answers; what is asked for stays the same."""
    if request["stream"] or error.status_code not in (400, 422) or not STREAM.search(said):
        return False
    request |= STREAMED if "messages" in request else {"stream": True}
    return True


def _tools(request: Body, error: APIStatusError, said: str, notes: list[str]) -> bool:
    """Leave the functions out where the model cannot call any."""
    if "tools" not in request or error.status_code not in NO_TOOLS_STATUS or not NO_TOOLS.search(said):
        return False
    for name in TOOLS:
        request.pop(name, None)
    notes.append(no_tools(request["model"]))
    return True


def no_tools(model: str) -> str:
    """The note that functions were left out."""
    return f"{model} cannot call tools here, so it was given none"


def no_call(choice: object, model: str) -> InvalidArguments | None:
    """The error where a call is required, and none can come."""
    if choice in FREE:
        return None
    error = InvalidArguments(
        f"tool_choice: {model} has no tools to call here; leave it out, or take a model that calls tools"
    )
    error.meta = {UNSUPPORTED: {"param": "tool_choice"}}
    return error


def _effort(request: Body, error: APIStatusError, said: str, notes: list[str]) -> bool:
    """Ask without reasoning where Chat Completions takes functions only so, as it does from gpt-5.6 on."""
    if error.status_code != 400 or not {"tools", "messages"} <= set(request) or "reasoning_effort" not in said:
        return False
    if request.get("reasoning_effort") == "none" or "none" not in said:
        return False
    request["reasoning_effort"] = "none"
    notes.append(f"reasoning_effort was set to none: {request['model']} takes functions only so here")
    return True


def _kept(request: Body, error: APIStatusError, said: str, notes: list[str]) -> bool:
    """Leave out reasoning that the provider cannot read any more, as after a change of the key."""
    items = request.get("input")
    if error.status_code != 400 or "encrypted" not in said or not isinstance(items, list):
        return False
    fewer = [item for item in items if item.get("type") != "reasoning"]
    if len(fewer) == len(items):
        return False
    request["input"] = fewer
    return True


def _name(request: Body, error: APIStatusError, said: str, notes: list[str]) -> bool:
    """Leave out a parameter that the server does not know."""
    path = _refused(request, error, said)
    if not path:
        return False
    name, *inner = path
    value = request.pop(name)
    if name == "max_tokens":
        request["max_completion_tokens"] = value
    elif inner and isinstance(value, dict) and inner[0] in value and len(value) > 1:
        request[name] = {key: one for key, one in value.items() if key != inner[0]}
        notes.append(left_out(f"{name}.{inner[0]}", request["model"]))
    elif name not in SILENT:
        notes.append(left_out(name, request["model"]))
    return True


def _refused(request: Body, error: APIStatusError, said: str) -> list[str]:
    """The path of the parameter that is refused for being there."""
    if error.status_code not in (400, 422):
        return []
    known = [name for name in request if name not in ESSENTIAL]
    if error.param:
        path = re.split(r"[.\[]", error.param)
        refused = path[0] == "include" or UNKNOWN.search(error.code or "") or (not error.code and UNKNOWN.search(said))
        return path if path[0] in known and refused else []
    named = (name for name in known if re.search(rf"\b{name}\b", said))
    return [found] if UNKNOWN.search(said) and (found := next(named, "")) else []
