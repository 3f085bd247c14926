"""Distributions that were installed while this process runs."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path


def see_new_packages() -> None:
    """Have Python find what was installed meanwhile, a project in place (`--editable`) too.

    Python reads the `.pth` files that name such projects at its start alone.
    Of those written meanwhile the folders are taken; lines of code are not
    run, so a project whose tool wrote such lines needs a restart.
    """
    importlib.invalidate_caches()
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for file in sorted(Path(place).glob("*.pth")):
            with suppress(OSError, ValueError):
                _take(file)


def _take(file: Path) -> None:
    for line in file.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith(("#", "import ", "import\t")):
            continue
        folder = str((file.parent / line.strip()).resolve())
        if folder not in sys.path and Path(folder).is_dir():
            sys.path.append(folder)
