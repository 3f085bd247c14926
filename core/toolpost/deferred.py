"""Packages whose `__init__` runs only when something is asked of it.

`import mcp.server.lowlevel` runs the `__init__` of `mcp` and `mcp.server`
first, and those import every client, transport and framework of the SDK:
60 ms of the 270 that a start takes (`bench/README.md`). A deferred package
is in `sys.modules` with its path, so its submodules import as ever. It runs
its own code at the first look at a name that is not there yet, and, once
`watch` is called, before any further submodule is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_loader
from threading import RLock
from types import ModuleType

_running = RLock()


def defer(*names: str) -> None:
    """Put packages in place without running them; those already imported stay as they are."""
    for name in names:
        if name not in sys.modules and (spec := find_spec(name)) is not None:
            module = sys.modules[name] = _deferred(spec)
            parent, _, own = name.rpartition(".")
            if parent:
                # As the import system does when it has loaded a submodule.
                setattr(sys.modules[parent], own, module)


def postpone_models() -> None:
    """Have the SDK make the validator of each wire model when its first message comes, and not all 300 at import.

    That is half of what importing them takes; a client speaks one era, and few of its messages.
    """
    with suppress(ImportError):
        from mcp_types._wire_base import WireModel

        WireModel.model_config["defer_build"] = True


def watch(package: str) -> None:
    """From here on, whoever imports another submodule finds that the package has run, as it may expect."""
    sys.meta_path.insert(0, _Watch(package))


def _deferred(spec: ModuleSpec) -> ModuleType:
    module = module_from_spec(spec)

    def run(name: str) -> object:
        # The import system itself looks for dunder names, which must not set it off; `import *` asks for this one.
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        with _running:
            if module.__dict__.pop("__getattr__", None) is not None and spec.loader is not None:
                spec.loader.exec_module(module)
        return getattr(module, name)

    module.__dict__["__getattr__"] = run
    return module


class _Watch(MetaPathFinder):
    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not name.startswith(f"{self._package}."):
            return None
        sys.meta_path.remove(self)
        getattr(sys.modules[self._package], "__all__", None)
        # Running it may have imported the very module that is looked for.
        return spec_from_loader(name, _There(sys.modules[name])) if name in sys.modules else None


class _There(Loader):
    """Loads what is loaded."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__
        # importlib prefers the spec of a module that came meanwhile to the one it is given, and loads it twice.
        module.__spec__ = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
