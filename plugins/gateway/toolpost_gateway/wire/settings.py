"""What a request says of how the model is to answer, under Chat Completions' names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from toolpost_gateway.wire.encoding import packed
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_object(value: Any) -> bool:
    return type(value) is dict


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_stop(value: Any) -> bool:
    return _is_text(value) or (type(value) is list and all(map(_is_text, value)))


def _is_figure(value: Any) -> bool:
    return _is_number(value) and abs(value) <= LARGEST


def _is_count(value: Any) -> bool:
    return _is_whole(value) and abs(value) <= LARGEST


def _is_short(value: Any) -> bool:
    return _is_object(value) and len(packed(value)) <= MOST


# Of a setting, and of an object of settings in bytes.
LARGEST, MOST = 10_000_000, 4096
FIGURE, COUNT = (_is_figure, f"a number up to {LARGEST}"), (_is_count, f"a whole number up to {LARGEST}")
NUMBER, TEXT, OBJECT = (_is_number, "a number"), (_is_text, "a text"), (_is_object, "an object")
# Settings of servers that are not OpenAI's (vLLM, llama.cpp, Ollama and what speaks like them); OpenAI never gets them.
SAMPLING: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("min_p", "repetition_penalty", "repeat_penalty", "mirostat_tau", "mirostat_eta"), FIGURE),
    **dict.fromkeys(("top_k", "mirostat", "num_ctx"), COUNT),
    "chat_template_kwargs": (_is_short, f"an object of at most {MOST} bytes"),
}
# Fields of Chat Completions that go to the model as they are, and what each must be.
PASSED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "temperature": NUMBER,
    "top_p": NUMBER,
    "frequency_penalty": NUMBER,
    "presence_penalty": NUMBER,
    "seed": (_is_whole, "a whole number"),
    "stop": (_is_stop, "a text or a list of texts"),
    "logit_bias": OBJECT,
    "response_format": OBJECT,
    "reasoning_effort": TEXT,
    "verbosity": TEXT,
    "service_tier": TEXT,
    "prediction": OBJECT,
    "prompt_cache_key": TEXT,
    **SAMPLING,
}
LONGEST = 256
LOGPROBS = "message.output_text.logprobs"
FORMATS = ("text", "json_object", "json_schema")
ONE = "n: one answer is given to each request; leave n out, and ask again for another"
NO_LOGPROBS = "{name}: logprobs are not given here, since several models and tools may make an answer; leave it out"
# What is done nowhere here, and the way out; each API has others.
NOT_HERE: Mapping[str, str] = {
    "moderation": "the provider's judgement is not told here; leave it out, and enable the plugin 'moderation'",
}
NO_AUDIO = "{name}: audio is not spoken here; leave it out"


def settings(body: Fields) -> dict[str, Any]:
    """The settings of a Chat Completions request.

    Raises:
        Fault: one has the wrong type, or asks for what cannot be done.
    """
    _check(body)
    found = {name: body.checked(name, *rule) for name, rule in PASSED.items() if body.has(name)}
    most = longest(body, "max_completion_tokens", "max_tokens")
    if most is not None:
        found["max_completion_tokens"] = most
    if "response_format" in found:
        check_format(body.part("response_format"))
    return found


def model(body: Fields) -> str:
    """The model that is asked for, which every event of a stream repeats; "" for the configured one."""
    name = body.text("model")
    if len(name) > LONGEST:
        raise Fault(400, f"model: at most {LONGEST} characters", "model", "string_above_max_length")
    return name


def longest(body: Fields, *names: str) -> int | None:
    """The bound of an answer in tokens, by the first of these names that is there."""
    given = [number for name in names if (number := body.whole(name, 1)) is not None]
    return given[0] if given else None


def check_format(format: Fields) -> None:
    """Look whether a format is one, and has its schema."""
    format.needs("type")
    kind = format.text("type")
    if kind not in FORMATS:
        place = format.at("type")
        raise Fault(400, f"{place}: give {', '.join(map(repr, FORMATS))}", place, "invalid_value")


def refuse(body: Fields, ways: Mapping[str, str]) -> None:
    """Refuse what is not done here.

    Raises:
        Fault: the request asks for it.
    """
    for name, way in ways.items():
        if body.given.get(name):
            raise Fault(400, f"{name}: {way}", name, "unsupported_value")


def refuse_logprobs(body: Fields) -> None:
    """Refuse the probabilities of tokens, by whichever name they are asked for.

    Raises:
        Fault: they are.
    """
    wanted = {"logprobs": body.flag("logprobs"), "top_logprobs": body.whole("top_logprobs", 0)}
    wanted["include"] = LOGPROBS in body.texts("include")
    if name := next((name for name, is_wanted in wanted.items() if is_wanted), None):
        raise Fault(400, NO_LOGPROBS.format(name=name), name, "unsupported_value")


def _check(body: Fields) -> None:
    refuse(body, NOT_HERE)
    if (body.whole("n", 1) or 1) > 1:
        raise Fault(400, ONE, "n", "unsupported_value")
    refuse_logprobs(body)
    if body.has("audio") or "audio" in body.texts("modalities"):
        name = "audio" if body.has("audio") else "modalities"
        raise Fault(400, NO_AUDIO.format(name=name), name, "unsupported_value")
    if body.has("web_search_options"):
        text = "web_search_options: searching is a tool here, if this host has one; leave it out"
        raise Fault(400, text, "web_search_options", "unsupported_value")
