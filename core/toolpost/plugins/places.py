"""Where in a plugin's own code an exception came through: a file and a line, and no values."""

from __future__ import annotations

import os
from pathlib import Path
from traceback import walk_tb

from toolpost.crash import alone
from toolpost.plugins.find import installed
from toolpost.plugins.sources import source_of

OURS = "toolpost"


def place_in(error: BaseException, plugin: str) -> str:
    """Such as `recipes/__init__.py:12`: the innermost line of the plugin; empty where none is its own."""
    claims = installed().get(plugin, [])
    source = _own(claims[0].module) if len(claims) == 1 else None
    if source is None:
        return ""
    one: BaseException | None = alone(error)
    while one is not None:
        if place := _innermost(one, source):
            return place
        one = one.__cause__
    return ""


def _innermost(error: BaseException, source: Path) -> str:
    """The last line of a file, or of whatever lies in its folder if that is a package."""
    is_package = source.name == "__init__.py"
    own = f"{source.parent}{os.sep}" if is_package else str(source)
    above = source.parent.parent if is_package else source.parent
    found = ""
    for frame, line in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file.startswith(own):
            found = f"{Path(file).relative_to(above).as_posix()}:{line}"
    return found


def _own(module: str) -> Path | None:
    """The file of a plugin's package; of toolpost itself, and where several distributions share one, of its module."""
    top = module.partition(".")[0]
    return source_of(top if top != OURS else module) or source_of(module)
