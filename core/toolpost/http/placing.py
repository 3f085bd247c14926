"""Which routes are served, in which order, and who keeps a path that two want."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from toolpost.plugins.find import brought_by
from toolpost.plugins.names import came_with_toolpost
from toolpost.routes import Route

log = logging.getLogger("toolpost.http")

# The owner of toolpost's own routes. No plugin is called so: a line of entry_points.txt cannot begin like that.
OURS = "[toolpost]"
# Ours at these paths only stand in for a plugin's.
STANDING_IN = frozenset({"/", "/metrics"})
ADMIN = "/admin"
STRICT = ("public", "call", "admin")
# What a path is written with (RFC 3986), and braces around its parameters.
WRITTEN = re.compile(r"/[\w!$&'()*+,;=:@%./~{}-]*", re.ASCII)
PARAMETER = re.compile(r"\{[a-zA-Z_]\w*(?::(\w+))?\}")


@dataclass
class Placing:
    """Decides by one rule: whoever comes first keeps a path and method.

    Toolpost comes before what came with it, and that before all other plugins, whatever the order of the file.

    `reserved` are paths that are served otherwise; `clashes` says what was refused.
    """

    reserved: frozenset[str]
    clashes: list[str] = field(default_factory=list)
    _taken: dict[tuple[str, str], tuple[str, Route]] = field(default_factory=dict)

    def placed(self, routes: Iterable[tuple[str, Route]]) -> list[tuple[str, Route]]:
        """The routes that are served: ours first, and of others those first that say most of their path."""
        ranked = sorted(routes, key=lambda one: _rank(one[0]))
        kept = [(owner, found) for owner, route in ranked if (found := self._kept(owner, route)) is not None]
        standing = [(owner, route) for owner, route in kept if not self._is_replaced(owner, route)]
        return sorted(standing, key=lambda one: (_rank(one[0]), _vagueness(one[1].path)))

    def _kept(self, owner: str, route: Route) -> Route | None:
        why = self._wrong(route) or self._held(owner, route)
        if why is None:
            return self._take(owner, route)
        self.refuse(owner, route, why)
        return None

    def _wrong(self, route: Route) -> str | None:
        """What is wrong with a route by itself; its fields are whatever a plugin put there."""
        path = route.path
        if not isinstance(path, str) or not WRITTEN.fullmatch(path) or not _is_whole(path):
            return "it is no path; begin with a slash, and use {name} for what varies"
        if path in self.reserved:
            return "MCP is spoken there"
        if not _methods(route) or route.scope not in STRICT:
            return "its methods or its scope are none"
        if _is_admin(path) and route.scope != "admin":
            return f"below {ADMIN} everything has the scope 'admin'"
        return None

    def _held(self, owner: str, route: Route) -> str | None:
        shape = _shape(route.path)
        for (other, method), (first, _) in self._taken.items():
            mine = first == OURS and route.path not in STANDING_IN
            if other == shape and (mine or method in _methods(route)) and not self._gives_way(first, owner, route):
                return "toolpost has it" if first == OURS else f"plugin {first!r} has it"
        return None

    def _gives_way(self, first: str, owner: str, route: Route) -> bool:
        return first == OURS != owner and route.path in STANDING_IN

    def _take(self, owner: str, route: Route) -> Route:
        shape = _shape(route.path)
        for method in _methods(route):
            stood = self._taken.get((shape, method))
            if stood is not None:
                # Never more open than what it takes the place of.
                route = replace(route, scope=max(route.scope, stood[1].scope, key=STRICT.index))
        self._taken |= {(shape, method): (owner, route) for method in _methods(route)}
        return route

    def _is_replaced(self, owner: str, route: Route) -> bool:
        return all(self._taken[_shape(route.path), method][0] != owner for method in _methods(route))

    def refuse(self, owner: str, route: Route, why: str, more: str = "") -> None:
        """Leave a route out, and say so; `more` is for the log alone."""
        what = f"{'/'.join(_methods(route))} {route.path}".strip()[:200]
        self.clashes.append(f"route {what} of plugin {owner!r}{brought_by(owner)} is refused: {why}")
        log.error("%s%s", self.clashes[-1], more)


def scope_at(path: str, scope: str) -> str:
    """The scope that a request takes at this path: a route with parameters may be asked for paths of the operator."""
    return "admin" if _is_admin(path) else scope


def _is_admin(path: str) -> bool:
    return path == ADMIN or path.startswith(f"{ADMIN}/")


def _rank(owner: str) -> int:
    return 0 if owner == OURS else 1 if came_with_toolpost(owner) else 2


def _is_whole(path: str) -> bool:
    """Whether all braces are of parameters, and no segment is empty."""
    return "//" not in path and not set("{}") & set(PARAMETER.sub("", path))


def _methods(route: Route) -> list[str]:
    """The methods in capitals; none where one of them is none."""
    given = [] if isinstance(route.methods, str) or not isinstance(route.methods, Iterable) else [*route.methods]
    return [method.upper() for method in given] if all(isinstance(method, str) for method in given) else []


def _shape(path: str) -> str:
    """A path without the names of its parameters, by which no request could tell it from another."""
    return PARAMETER.sub(lambda found: f"{{{found[1] or ''}}}", path)


def _vagueness(path: str) -> tuple[int, ...]:
    """Less for what stands there in full than for a parameter, and most for one that takes any path."""
    return tuple(_open(segment) for segment in path.split("/")[1:])


def _open(segment: str) -> int:
    kinds = [found[1] or "" for found in PARAMETER.finditer(segment)]
    return 0 if not kinds else 2 if "path" in kinds else 1
