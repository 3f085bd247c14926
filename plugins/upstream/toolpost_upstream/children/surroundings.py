"""What a server's process sees of this one: what any program needs, and what the operator declared."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

NEEDED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
WINDOWS = (
    "PATH", "PATHEXT", "APPDATA", "LOCALAPPDATA", "HOMEDRIVE", "HOMEPATH", "PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT",
    "TEMP", "TMP", "USERNAME", "USERPROFILE", "COMSPEC", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
)  # fmt: skip
# What a program of a graphical session may find on a Mac or Linux is not on the short path that it is given.
USUAL = ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/bin")
# How many toolposts stand above a process; one that is started by the server of another's server starts no more, since
# behind some script it may be the first again.
DEPTH, DEEPEST = "TOOLPOST_DEPTH", 2


def surroundings(declared: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server; what is declared comes last and wins."""
    names = WINDOWS if sys.platform == "win32" else NEEDED
    found = {name: value for name in names if (value := os.environ.get(name)) is not None}
    if sys.platform != "win32":
        path = found.get("PATH", "").split(os.pathsep)
        # What is installed beside toolpost, such as uvx, is found too.
        ours = os.path.dirname(sys.executable)  # noqa: PTH120 - a text among texts
        found["PATH"] = os.pathsep.join(dict.fromkeys([*filter(None, path), *USUAL, *filter(None, [ours])]))
    return {**found, **declared, DEPTH: str(depth() + 1)}


def depth() -> int:
    """How many toolposts stand above this one."""
    said = os.environ.get(DEPTH, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
