"""Tools that come when a plugin is open: what it says of their names before, from its settings alone.

A plugin of which there are tools only while its lifespan is open has a method
`expects()`, which gives patterns of their names, such as `files_*`. Whatever
looks at tools without opening anything then knows a name that is still to
come from one that nobody has; and for a single call, such a plugin is not
opened in vain. One with a method `want(name)` is told before it is opened
which tool alone is wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from toolpost.plugins.broken import reason
from toolpost.plugins.patience import bounded

if TYPE_CHECKING:
    from toolpost.plugins.registry import Registry

log = logging.getLogger("toolpost.plugins")

# By plugin.
Patterns = Mapping[str, Sequence[str]]


def expected(registry: Registry) -> Patterns:
    """The patterns of names that are still to come; a plugin that fails to say so has none."""
    return {name: found for name, says in _speakers(registry, "expects") if (found := _said(name, says))}


def may_come(registry: Registry, name: str) -> dict[str, str]:
    """The plugins that may have a tool of that name once they are open, each with the name that it gives it."""
    from toolpost.middleware.globs import fits

    found = {}
    for plugin, patterns in expected(registry).items():
        # Where another has the name, the host puts the plugin's before it.
        names = (own for own in (name, name.removeprefix(f"{plugin}_")) if fits(own, tuple(patterns)))
        if (own := next(names, None)) is not None:
            found[plugin] = own
    return found


def dispensable(registry: Registry, name: str) -> list[str]:
    """The plugins that need not be open for a call of that tool alone: those that bring others, and do nothing else.

    What has a layer or is part of another plugin is none of them; nor is any, if nobody knows the name.
    """
    owners = [registry.owners[name]] if name in registry.owners else [*may_come(registry, name)]
    layers = {plugin for plugin, _ in registry.layers()}
    others = [plugin for plugin in expected(registry) if plugin not in owners and plugin not in layers]
    return [plugin for plugin in others if not _is_part(registry, plugin)] if owners else []


def want(registry: Registry, name: str) -> None:
    """Tell the plugins that may have a tool of that name that it alone is wanted."""
    fitting = may_come(registry, name)
    for plugin, tell in _speakers(registry, "want"):
        if plugin in fitting:
            tell(fitting[plugin])


def _speakers(registry: Registry, word: str) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, plugin in registry.plugins.items():
        if name not in registry.broken and callable(says := getattr(plugin, word, None)):
            yield name, says


def _said(name: str, says: Callable[..., object]) -> list[str]:
    try:
        with bounded("expecting"):
            answer = says()
            return [str(pattern) for pattern in answer]  # type: ignore[attr-defined]  # what is no iterable is caught
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        log.error("plugin %r does not say which tools come later: %s", name, reason(error, name))
        return []


def _is_part(registry: Registry, name: str) -> bool:
    plugin = registry.plugins[name]
    others = (vars(other) for other in registry.plugins.values() if hasattr(other, "__dict__"))
    return any(value is plugin for fields in others for value in fields.values())
