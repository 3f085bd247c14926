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


def surroundings(declared: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server; what is declared comes last and wins."""
    names = WINDOWS if sys.platform == "win32" else NEEDED
    found = {name: value for name in names if (value := os.environ.get(name)) is not None}
    if sys.platform != "win32":
        path = found.get("PATH", "").split(os.pathsep)
        found["PATH"] = os.pathsep.join(dict.fromkeys([*filter(None, path), *USUAL]))
    return {**found, **declared}


def secrets_of(declared: Mapping[str, str]) -> list[str]:
    """Values that a server may repeat on stderr, and that must not stand in a log; the longest first."""
    # Short ones are switches and numbers, which stand everywhere.
    return sorted((value for value in declared.values() if len(value) >= 6), key=len, reverse=True)
