"""Names that a package offers, each imported when it is first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def homes(listed: Mapping[str, str]) -> dict[str, str]:
    """The module of each name, from names by module."""
    return {name: module for module, names in listed.items() for name in names.split()}


def lazily(package: str, found: Mapping[str, str], below: str) -> Callable[[str], object]:
    """The `__getattr__` of a package whose names have their homes in modules below another."""

    def look_up(name: str) -> object:
        if name not in found:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{below}.{found[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return look_up
