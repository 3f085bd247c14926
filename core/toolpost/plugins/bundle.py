"""Which distributions toolpost itself comes with, by what its own metadata says."""

from __future__ import annotations

import re

from importlib_metadata import PackageNotFoundError
from importlib_metadata import distribution as find_distribution

from toolpost.plugins.distribution import facts, normal

OWN = "toolpost"
BUNDLED = re.compile(r"^([\w.-]+).*;.*\bextra\s*==\s*['\"]bundle['\"]")


def bundle() -> frozenset[str]:
    """Their normal names: toolpost, and what its extra `bundle` names."""
    try:
        lines = facts(find_distribution(OWN)).requires
    except PackageNotFoundError:
        lines = ()
    return frozenset({OWN, *(normal(found[1]) for line in lines if (found := BUNDLED.match(line)))})
