"""What a process is asked when it starts, and again whenever it offers something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from toolpost import __version__
from toolpost.errors import ConfigError, PluginError
from toolpost.isolation.terms import Terms
from toolpost.isolation.wire import PLUGIN, JSONObject

PROTOCOL = "2025-11-25"
LISTS = ("tools/list", "resources/list", "prompts/list")


class Opening:
    """Sends its requests at once; when all are answered, `offer` is what there is, or `failure` why nothing is."""

    def __init__(self, terms: Terms, send: Callable[[JSONObject], None]) -> None:
        self.offer: Mapping[str, list[JSONObject]] | None = None
        self.failure: Exception | None = None
        self._send = send
        self._numbers = count(1)
        self._asked: dict[str, str] = {}
        self._lists: dict[str, list[JSONObject]] = {}
        client = {"name": "toolpost", "version": __version__}
        can: JSONObject = {"elicitation": {}, "sampling": {}, "roots": {}}
        about = {"protocolVersion": PROTOCOL, "capabilities": can, "clientInfo": client}
        self._ask("initialize", {**about, "_meta": {PLUGIN: terms.written()}})
        send({"method": "notifications/initialized"})
        self.again()

    def again(self) -> None:
        """Ask what it offers."""
        for method in LISTS:
            self._ask(method, {})

    def take(self, number: Any, message: JSONObject) -> bool:
        """Take an answer; whether it is one to these requests."""
        method = self._asked.pop(number, None)
        if method is None:
            return False
        kind = method.partition("/")[0]
        match message:
            case {"error": {"message": str(text), **rest}}:
                self.failure = ConfigError(text) if rest.get("data") == "ConfigError" else PluginError(text)
            case {"result": dict(result)} if method != "initialize":
                self._lists[kind] = result.get(kind, [])
        if not self._asked and self.failure is None:
            self.offer, self._lists = self._lists, {}
        return True

    def _ask(self, method: str, params: JSONObject) -> None:
        number = f"open-{next(self._numbers)}"
        self._asked[number] = method
        self._send({"id": number, "method": method, "params": params})
