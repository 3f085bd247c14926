"""The settings of a turn, which each dialect and server calls by names of its own."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from toolpost_openai.catalogue import Model
from toolpost_openai.server import Server

# One setting by three names; the last is that of Responses.
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
BOTH = {"temperature", "top_p", "top_logprobs", "metadata", "service_tier", "user", "safety_identifier", "moderation"}
BOTH |= {"prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"}
CHAT = BOTH | {"stop", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "response_format"}
CHAT |= {"reasoning_effort", "verbosity", "modalities", "audio", "prediction", "web_search_options"}
RESPONSES = BOTH | {"truncation", "context_management"}
# What says how the turn is asked, and belongs to whoever asks it.
OURS = {"model", "messages", "input", "instructions", "stream", "stream_options", "store", "include", "background"}
OURS |= {"conversation", "previous_response_id", "tools", "tool_choice", "parallel_tool_calls", "functions"}
OURS |= {"function_call", "n"}


def limit_of(settings: Mapping[str, Any]) -> tuple[str, int] | None:
    """The most tokens that an answer may have, and the name by which it was said."""
    return next(((name, settings[name]) for name in LIMITS if settings.get(name) is not None), None)


def for_responses(settings: Mapping[str, Any], model: Model, notes: list[str]) -> dict[str, Any]:
    """The settings for Responses."""
    found = _canonical(settings)
    body = {LIMITS[2]: found.pop(LIMITS[0], None)}
    body["reasoning"] = _only(effort=_effort(found, model, notes), summary=found.pop("reasoning_summary", None))
    text_format, verbosity = found.pop("response_format", None), found.pop("verbosity", None)
    body["text"] = _only(format=_flat(text_format), verbosity=verbosity)
    return {**_only(**body), **_taken(found, RESPONSES, model, notes)}


def for_chat(settings: Mapping[str, Any], model: Model, server: Server, notes: list[str]) -> dict[str, Any]:
    """The settings for Chat Completions; other servers know the limit by its old name, and settings of their own."""
    found = _canonical(settings)
    # Chat Completions shows no reasoning that could be summed up.
    found.pop("reasoning_summary", None)
    limit = LIMITS[0] if server.official else LIMITS[1]
    body = _only(**{limit: found.pop(LIMITS[0], None)})
    if server.official:
        body |= _only(reasoning_effort=_effort(found, model, notes))
    return {**body, **_taken(found, CHAT if server.official else CHAT | set(found), model, notes)}


def _canonical(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by the names of Chat Completions, whichever dialect they were said in."""
    found = {name: value for name, value in settings.items() if value is not None}
    if limit := limit_of(found):
        found = {LIMITS[0]: limit[1], **{name: value for name, value in found.items() if name not in LIMITS}}
    reasoning, text = found.pop("reasoning", None), found.pop("text", None)
    if isinstance(reasoning, Mapping):
        found |= _only(reasoning_effort=reasoning.get("effort"), reasoning_summary=reasoning.get("summary"))
    if isinstance(text, Mapping):
        found |= _only(response_format=_nested(text.get("format")), verbosity=text.get("verbosity"))
    return found


def _taken(found: Mapping[str, Any], known: AbstractSet[str], model: Model, notes: list[str]) -> dict[str, Any]:
    """The settings that the model takes; what it does not is noted, except for what is not the caller's to say."""
    wrong = [name for name in found if name not in known or (name == "temperature" and not model.temperature)]
    notes.extend(left_out(name, model.name) for name in wrong if name not in OURS)
    return {name: value for name, value in found.items() if name not in OURS and name not in wrong}


def _effort(found: dict[str, Any], model: Model, notes: list[str]) -> Any:
    effort = found.pop("reasoning_effort", None)
    if effort is None or (model.reasons and (effort != "none" or model.none)):
        return effort
    if model.reasons or effort != "none":
        notes.append(left_out("reasoning_effort", model.name))
    return None


def left_out(name: str, model: str) -> str:
    """The note that something was left out."""
    return f"{name} was left out: {model} does not take it"


def _flat(form: Any) -> Any:
    """A response format as Responses writes it."""
    match form:
        case {"type": "json_schema", "json_schema": schema}:
            return {"type": "json_schema", **schema}
    return form


def _nested(form: Any) -> Any:
    """A response format of Responses as Chat Completions writes it."""
    match form:
        case {"type": "json_schema", "schema": _}:
            return {"type": "json_schema", "json_schema": {name: form[name] for name in form if name != "type"}}
    return form


def _only(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, {})}
