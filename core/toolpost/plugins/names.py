"""Who has a name that several plugins want: one rule, whatever the order of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from toolpost.plugins.find import brought_by, installed
from toolpost.primitives import Prompt
from toolpost.tools.tool import NAME, Tool

Named = TypeVar("Named", Tool, Prompt)
Claim = tuple[str, Named]

# Letters of names (ASCII alone) that people and models take for one another.
ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "-": "_", ".": "_"})
RESERVED = "toolpost"


@dataclass
class Settled(Generic[Named]):
    """Things by name with their plugins, and what had to be said about it."""

    found: dict[str, Claim[Named]] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)
    from_where: Callable[[str], str] = brought_by


def settle(
    kind: str,
    claims: Iterable[Claim[Named]],
    is_bundled: Callable[[str], bool],
    from_where: Callable[[str], str] = brought_by,
) -> Settled[Named]:
    """Give each thing its name; `from_where` names a plugin's distribution, in brackets.

    Names that look alike in two plugins are one name. A plugin that came with
    toolpost keeps it; all others are called `plugin_name` instead, so that none
    can stand in for another by being there first. Names that begin with
    `toolpost` are toolpost's own. A plugin that hands on what others wrote counts as one of them.
    """
    settled: Settled[Named] = Settled(from_where=from_where)
    claims = list(claims)
    hands_on = {owner for owner, item in claims if (item if isinstance(item, Tool) else item.tool).foreign}

    def keeps_names(owner: str) -> bool:
        return owner not in hands_on and is_bundled(owner)

    wanted: dict[str, dict[str, None]] = {}
    for owner, item in claims:
        wanted.setdefault(skeleton(item.name), {})[owner] = None
    renamed: list[Claim[Named]] = []
    for owner, item in claims:
        rivals = [other for other in wanted[skeleton(item.name)] if other != owner]
        reserved = item.name.lower().startswith(RESERVED) and not keeps_names(owner)
        if not reserved and _keeps(owner, rivals, keeps_names):
            _add(settled, kind, owner, item)
        else:
            renamed.append((owner, item))
    taken = set(map(skeleton, settled.found))
    for owner, item in sorted(renamed, key=lambda claim: claim[0]):
        rivals = [other for other in wanted[skeleton(item.name)] if other != owner]
        _rename(settled, kind, owner, item, rivals, taken)
    return settled


def skeleton(name: str) -> str:
    """What names that look alike have in common (after Unicode TS 39, for the ASCII that names are made of)."""
    return name.lower().translate(ALIKE).replace("rn", "m").replace("vv", "w")


def came_with_toolpost(owner: str) -> bool:
    """Whether a plugin's distribution is toolpost, or one that toolpost's own metadata names as its bundle."""
    return any(claim.is_bundled for claim in installed().get(owner, []))


def _keeps(owner: str, rivals: list[str], is_bundled: Callable[[str], bool]) -> bool:
    if not rivals:
        return True
    bundled = sorted(one for one in [owner, *rivals] if is_bundled(one))
    return bool(bundled) and bundled[0] == owner


def _add(settled: Settled[Named], kind: str, owner: str, item: Named) -> None:
    if item.name in settled.found:
        settled.clashes.append(f"{kind} {item.name!r} of plugin {owner!r}{settled.from_where(owner)} is there twice")
    else:
        settled.found[item.name] = owner, item


def _rename(settled: Settled[Named], kind: str, owner: str, item: Named, rivals: list[str], taken: set[str]) -> None:
    name = f"{owner}_{item.name}"
    said = f"{kind} {item.name!r} of plugin {owner!r}{settled.from_where(owner)}"
    why = " and ".join(_who(settled, rivals)) or "names that begin with toolpost are its own"
    if not NAME.fullmatch(name) or skeleton(name) in taken:
        settled.clashes.append(f"{said} is refused: {why}")
        return
    taken.add(skeleton(name))
    settled.found[name] = owner, _called(item, name)
    settled.clashes.append(f"{said} is called {name!r}: {why}")


def _who(settled: Settled[Named], rivals: list[str]) -> Iterator[str]:
    for rival in sorted(rivals):
        yield f"plugin {rival!r}{settled.from_where(rival)} has that name too"


def _called(item: Named, name: str) -> Named:
    other = copy(item)
    object.__setattr__(other, "name", name)
    if isinstance(other, Prompt):
        object.__setattr__(other, "tool", other.tool.called(name))
    return other
