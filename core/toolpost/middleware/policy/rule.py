"""One rule: which calls it is about, what to do with them, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from toolpost.middleware.globs import fits
from toolpost.nearest import did_you_mean
from toolpost.tools.tool import Kind, Tool

if TYPE_CHECKING:
    from toolpost.middleware.limits.pace import Pace


def _fixed(value: Any) -> Any:
    # A rule is looked up by its patterns, and TOML has only lists.
    return tuple(value) if isinstance(value, list) else value


Glob = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Glob, ...], Field(min_length=1), BeforeValidator(_fixed)]
Do = Literal["allow", "deny", "confirm"]


@dataclass(frozen=True)
class Nature:
    """What a tool must be for a rule to be about it; what is left out does not matter.

    What a tool does not say of itself is taken as MCP takes it, which is the
    worst: not read-only, destructive, not idempotent, open to the world.
    """

    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None
    billable: bool | None = None
    cacheable: bool | None = None

    def is_of(self, tool: Tool) -> bool:
        """Whether a tool is like this."""
        read_only = bool(tool.read_only)
        known = {
            "read_only": read_only,
            # MCP 2025-11-25, ToolAnnotations: meaningful only where a tool is not read-only, and then true by default.
            "destructive": not read_only if tool.destructive is None else tool.destructive,
            "idempotent": bool(tool.idempotent),
            "open_world": tool.open_world is not False,
            "billable": tool.billable,
            "cacheable": tool.cacheable,
        }
        return all(wanted is None or wanted == known[name] for name, wanted in vars(self).items())


def _with_known_keys(cls: type) -> BeforeValidator:
    """Refuse a key that is no field of a dataclass, naming the nearest; pydantic would pass over it."""

    def check(value: Any) -> Any:
        known = [field.name for field in fields(cls)]
        for key in value if isinstance(value, dict) else ():
            if key not in known:
                raise PydanticCustomError("unknown_key", "unknown key {key}; {way}", _words(str(key), known))
        return value

    return BeforeValidator(check)


def _words(key: str, known: list[str]) -> dict[str, Any]:
    return {"key": repr(key[:64]), "way": did_you_mean(key[:64], known)}


@dataclass(frozen=True)
class Rule:
    """One `[[plugins.policy.rules]]`: what is left out does not matter.

    `tools`, `resources` and `prompts` are patterns of names; with any of them
    given, the rule is about things of these kinds alone: what a tool gives may
    be there as a resource too, under a name of its own (`read_result` is also
    `long-answer`); `plugins` alone is about both. `model` among `tools` is
    each question to a model in a conversation. `timeout` is in
    seconds, `rate` such as "5/minute", and `concurrency` calls at once; the
    last two are counted for each principal, in this process.
    """

    do: Do
    tools: Names | None = None
    resources: Names | None = None
    prompts: Names | None = None
    plugins: Names | None = None
    principals: Names | None = None
    surfaces: Names | None = None
    when: Annotated[Nature, _with_known_keys(Nature)] | None = None
    reason: Annotated[str, Field(max_length=300)] = ""
    timeout: Annotated[float, Field(gt=0, le=86_400)] | None = None
    rate: str | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        for name in ("timeout", "rate", "concurrency"):
            if self.do == "deny" and getattr(self, name) is not None:
                raise PydanticCustomError("pointless", "a rule that denies has no {name}; leave it out", {"name": name})
        try:
            self.pace()
        except ValueError as error:
            raise PydanticCustomError("rate", "{why}", {"why": str(error)}) from None

    def pace(self) -> Pace | None:
        """How often and how many at once, where the rule says so."""
        if self.rate is None and self.concurrency is None:
            return None
        # Few rules bound calls, and those that do not need nothing of `limits`.
        from toolpost.middleware.limits.pace import Pace

        return Pace.of(self.rate or "", None, self.concurrency or 0)

    def is_about(self, tool: Tool) -> bool:
        """Whether the rule can match calls of this tool, resource or prompt, whoever makes them."""
        if (names := self._names(tool.kind)) is not None and not fits(tool.name, names):
            return False
        if self.plugins is not None and not fits(tool.plugin, self.plugins):
            return False
        return self.when is None or self.when.is_of(tool)

    def is_for(self, principal: str, surface: str | None) -> bool:
        """Whether the rule is for calls of a principal through a surface; None stands for any of them."""
        if self.principals is not None and not fits(principal, self.principals):
            return False
        return self.surfaces is None or surface is None or fits(surface, self.surfaces)

    @property
    def is_for_all(self) -> bool:
        """Whether it does not matter who calls, and through what."""
        return self.principals is None and self.surfaces is None

    def _names(self, kind: Kind) -> tuple[str, ...] | None:
        """The patterns for things of a kind; None if all of them are meant."""
        # A question to a model counts as a tool of that name: what is said of all tools holds for it, too.
        given = {"tool": self.tools, "model": self.tools, "resource": self.resources, "prompt": self.prompts}
        if given[kind] is None and any(names is not None for names in given.values()):
            return ()
        return given[kind]


Rules = list[Annotated[Rule, _with_known_keys(Rule)]]
