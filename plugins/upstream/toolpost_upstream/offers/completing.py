"""What a person may type next, where the server knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from toolpost import Context
from toolpost_upstream.calls.results import suggested
from toolpost_upstream.offers.asking import Ask
from toolpost_upstream.wires.wire import JSONObject


def completers(ref: JSONObject, names: Iterable[str], ask: Ask) -> Mapping[str, Callable[..., Any]]:
    """A function from what was typed to what the server suggests, for each argument."""
    return {name: _completer(ref, name, ask) for name in names}


def _completer(ref: JSONObject, name: str, ask: Ask) -> Callable[..., Any]:
    async def complete(value: str, arguments: Mapping[str, str]) -> list[str]:
        params: JSONObject = {"ref": ref, "argument": {"name": name, "value": value}}
        if arguments:
            params["context"] = {"arguments": dict(arguments)}
        return suggested(await ask("completion/complete", params, Context()))

    return complete
