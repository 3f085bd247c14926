"""Names in rules that nothing has, as doubts: of those that a plugin may yet bring, it is only noted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from toolpost.middleware.globs import fits, may_meet, nearest_to
from toolpost.tools.doubt import Doubt

# Patterns of the names of tools that come when a plugin is open, by plugin.
Expected = Mapping[str, Sequence[str]]
NOTHING: Expected = MappingProxyType({})
Cause = tuple[str | int, ...]
# What a plugin names beforehand; resources and providers come under names of any kind.
FORETOLD = ("tool", "prompt")


def unknown(
    rule: str, cause: Cause, kind: str, globs: Iterable[str] | None, names: Collection[str], expected: Expected
) -> Iterator[Doubt]:
    """A sentence for each pattern of a kind that fits none of these names."""
    for glob in globs or ():
        if any(fits(name, (glob,)) for name in names):
            continue
        if kind != "plugin" and (plugin := bringer(glob if kind in FORETOLD else "*", expected)):
            yield Doubt(
                f"{rule}: no {kind} is called {glob!r} yet; plugin {plugin!r} may bring it when toolpost runs",
                cause,
                note=True,
            )
        else:
            yield Doubt(f"{rule}: no {kind} is called {glob!r}{nearest_to(glob, names)}", cause)


def bringer(glob: str, expected: Expected) -> str:
    """The plugin that may bring a tool whose name fits; empty if none does."""
    meeting = (plugin for plugin, patterns in expected.items() if any(may_meet(glob, one) for one in patterns))
    return next(meeting, "")
