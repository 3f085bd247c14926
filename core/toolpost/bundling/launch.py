"""Starts toolpost where Claude Desktop installed it; this file is copied into the bundle.

The words after the program's name are the folders that pictures may be read from.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

# What the person left empty: some versions of Claude Desktop then leave the reference as it is.
UNSET = ("", "0", "undefined", "null")
REFERENCE = "${user_config."
FOLDERS = "TOOLPOST__PICTURES__FOLDERS"


def settle(environ: MutableMapping[str, str], folders: Sequence[str]) -> None:
    """Bring what the person filled in into the form that toolpost reads."""
    asked = environ.pop("TOOLPOST_BUNDLE_VARIABLES", "").split()
    for name in asked:
        value = environ.get(name, "")
        if value in UNSET or value.startswith(REFERENCE):
            environ.pop(name, None)
    given = [folder for folder in folders if folder and not folder.startswith("${")]
    if given:
        # Strings of JSON are strings of TOML, which is how the variable is read.
        environ[FOLDERS] = json.dumps(given)


def main() -> None:
    """Serve MCP over stdin and stdout."""
    from toolpost.__main__ import main as toolpost

    settle(os.environ, sys.argv[1:])
    configuration = Path(__file__).resolve().parents[1] / "config.toml"
    sys.argv = ["toolpost", "--config", str(configuration), "serve"]
    toolpost()


if __name__ == "__main__":
    main()
