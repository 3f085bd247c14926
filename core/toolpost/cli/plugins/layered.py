"""Plugins with a layer: without one that cannot be built, calls go through, unless it is required."""

from __future__ import annotations

from toolpost.packages.manifest import manifest_of
from toolpost.plugins.fields import has_all
from toolpost.plugins.find import installed

HOOK = "middleware"


def brings_layer(name: str) -> bool:
    """Whether a plugin has a layer, as its manifest or its source says."""
    claim = installed()[name][0] if name in installed() else None
    if claim is None:
        return False
    if (said := manifest_of(claim)) is not None:
        return HOOK in said["hooks"]
    cls = (claim.entry_point.value or "").partition(":")[2].strip()
    return has_all(claim.module, cls, frozenset({HOOK})) is True


def way_to_require(name: str) -> str:
    """What becomes of calls without it, and what to write if that must not be."""
    return (
        f"where it cannot be built, calls go on without it, unless required = true stands below [plugins.{name}]; "
        "toolpost does not start then"
    )
