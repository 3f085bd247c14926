"""The tools of a request: the caller's own functions, and those of ours that it chooses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolpost import Tool
from toolpost_gateway.talk import Approval, Chosen
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields
from toolpost_openai.turns import Function

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST = 1024
EMPTY: Mapping[str, Any] = {"type": "object", "properties": {}}
OURS = 'ask for tools of this host: {"type": "mcp", "server_label": "toolpost"}'
# Hosted tools of OpenAI, and the way out.
HOSTED = {
    "image_generation": f"pictures are drawn by a tool of this host; {OURS}",
    "custom": "describe it as a function with one text parameter",
}
FOREIGN = (
    "this host calls only its own tools, and those of the upstream servers that its operator added; "
    "leave server_url out, and name the plugin or upstream server in server_label"
)
# What servers of OpenAI's own would be reached by.
ELSEWHERE = ("server_url", "connector_id", "tunnel_id")


@dataclass(frozen=True, kw_only=True)
class Toolset:
    """What a request says of tools; `labels` are those of its `mcp` tools, in order."""

    functions: tuple[Function, ...] = ()
    chosen: tuple[Chosen, ...] | None = None
    labels: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Reading:
    """How one API writes tools: where a function's fields are, and what approval is where nothing is said of it."""

    function: Callable[[Fields], Fields]
    approval: Mapping[str, Approval] | None
    offered: Callable[[], Sequence[Tool]]

    def tools(self, body: Fields) -> Toolset:
        """The tools that a request brings or chooses.

        Raises:
            Fault: one of them is none, or not to be had here.
        """
        if len(body.items("tools")) > MOST:
            raise Fault(400, f"tools: at most {MOST}", "tools", "array_above_max_length")
        functions: list[Function] = []
        chosen: list[Chosen] = []
        for one in body.parts("tools"):
            one.needs("type")
            match one.text("type"):
                case "function":
                    functions.append(function(self.function(one)))
                case "mcp":
                    chosen.append(self._chosen(one))
                case other:
                    raise _refused(one, other)
        _check_once(functions)
        return Toolset(
            functions=tuple(functions),
            chosen=tuple(chosen) or None,
            labels=tuple(dict.fromkeys(one.label for one in chosen)),
        )

    def _chosen(self, one: Fields) -> Chosen:
        one.needs("server_label")
        for name in ELSEWHERE:
            if one.has(name):
                raise Fault(400, f"{one.at(name)}: {FOREIGN}", one.at(name), "unsupported_value")
        label = one.text("server_label")
        return Chosen(
            label=label,
            allowed=self._allowed(one),
            approval=self._approval(one),
            place=one.at("server_label"),
            named=_named(one),
        )

    def _allowed(self, one: Fields) -> frozenset[str] | None:
        given = one.checked("allowed_tools", lambda found: type(found) in (list, dict), "a list of names, or a filter")
        if given is None:
            return None
        if type(given) is list:
            return frozenset(one.texts("allowed_tools"))
        return self._matched(one.part("allowed_tools"))

    def _matched(self, filter: Fields) -> frozenset[str] | None:
        """The tools that a filter of OpenAI's names; None where it filters nothing."""
        names = frozenset(filter.texts("tool_names")) if filter.has("tool_names") else None
        if not filter.has("read_only"):
            return names
        wanted = filter.flag("read_only")
        fit = frozenset(tool.name for tool in self.offered() if bool(tool.read_only) is wanted)
        return fit if names is None else fit & names

    def _approval(self, one: Fields) -> Mapping[str, Approval] | None:
        given = one.given.get("require_approval")
        match given:
            case None:
                return self.approval
            case "never" | "always":
                return {"*": given}
            case dict():
                return self._by_tool(one.part("require_approval"))
        place = one.at("require_approval")
        raise Fault(400, f"{place}: give 'always', 'never' or a filter", place, "invalid_value")

    def _by_tool(self, filter: Fields) -> Mapping[str, Approval]:
        found: dict[str, Approval] = {"*": "always"}
        for way in ("never", "always"):
            if filter.has(way):
                names = self._matched(filter.part(way))
                approval: Approval = "never" if way == "never" else "always"
                found |= dict.fromkeys(names if names is not None else ("*",), approval)
        return found


def function(one: Fields) -> Function:
    """A function of the caller's, as it describes it."""
    one.needs("name")
    name = one.text("name")
    if not NAME.fullmatch(name):
        place = one.at("name")
        raise Fault(400, f"{place}: a name is 1 to 64 letters, digits, '_' and '-'", place, "invalid_value")
    parameters = one.part("parameters").given if one.has("parameters") else EMPTY
    strict = one.flag("strict") if one.has("strict") else None
    return Function(name=name, description=one.text("description"), parameters=parameters, strict=strict)


def _named(one: Fields) -> dict[str, str]:
    """The tools that are allowed by their names, with where these stand."""
    if type(one.given.get("allowed_tools")) is list:
        return dict.fromkeys(one.texts("allowed_tools"), one.at("allowed_tools"))
    filter = one.part("allowed_tools")
    return dict.fromkeys(filter.texts("tool_names"), filter.at("tool_names"))


def _check_once(functions: Sequence[Function]) -> None:
    seen: set[str] = set()
    for one in functions:
        if one.name in seen:
            raise Fault(400, f"tools: there are two functions {one.name!r}", "tools", "invalid_value")
        seen.add(one.name)


def _refused(one: Fields, kind: str) -> Fault:
    way = HOSTED.get(kind, f"OpenAI's hosted tools are not here; {OURS}")
    place = one.at("type")
    return Fault(400, f"{place}: tools of type {kind[:64]!r} are not served; {way}", place, "unsupported_value")
