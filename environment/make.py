"""Makes the environment, or brings it up to date: with uv where there is one, else with pip."""

import os
import sys
from pathlib import Path

from environment.checkout import Checkout
from environment.steps import SetUpFailed, attempt, become, found, say, step

# Those that every dependency has wheels for, the one to prefer first.
VERSIONS = [(3, 14), (3, 13), (3, 12), (3, 11)]


def make(checkout: Checkout) -> None:
    """Make what `checkout` declares, unless another ./run has just done so."""
    _prefer_known_python()
    with (checkout.root / "run").open("rb") as lock:
        _wait_for(lock.fileno())
        if checkout.is_current():
            return
        stands = checkout.stands()
        checkout.unseal()
        if not stands:
            empty(checkout.venv)
        uv = found("uv")
        if not (uv and _with_uv(uv, checkout)):
            _with_pip(checkout)
        checkout.seal()
        say("ready")


def empty(folder: Path) -> None:
    """Remove what is in a folder; the folder itself may be a mount point or a link."""
    import shutil

    for path in folder.iterdir() if folder.exists() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        else:
            path.unlink()


def _prefer_known_python() -> None:
    """Start again with a Python in VERSIONS, if this is none and there is one."""
    if sys.version_info[:2] in VERSIONS:
        return
    for version in VERSIONS:
        other = found("python{}.{}".format(*version))
        # pyenv puts commands on PATH for versions that are not switched on; they fail.
        if other and attempt(other, "-c", f"import sys; sys.exit(sys.version_info[:2] != {version})"):
            sys.exit(become([other, *sys.argv], dict(os.environ)))


def _wait_for(lock: int) -> None:
    """Hold the lock; Windows has no flock, and goes on without."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another ./run to make the environment")
        fcntl.flock(lock, fcntl.LOCK_EX)
    # An installer that outlives us holds the lock until it is done.
    os.set_inheritable(lock, True)


def _with_uv(uv: str, checkout: Checkout) -> bool:
    """Install what uv.lock says; where uv cannot, pip may: it can have a proxy or an index that uv knows nothing of."""
    python = sys.executable if sys.version_info[:2] in VERSIONS else ">=3.11,<3.15"
    # Inexact: plugins that a person has installed beside ours stay.
    sync = ["sync", "--frozen", "--all-packages", "--inexact", "--compile-bytecode"]
    sync += ["--project", str(checkout.root)]
    try:
        step("installing with uv", uv, *sync, "--python", python)
    except SetUpFailed as failure:
        say(f"{failure}; trying pip")
        empty(checkout.venv)
        return False
    compile_bytecode(checkout, checkout.root / "core", checkout.root / "plugins")
    return True


def _with_pip(checkout: Checkout) -> None:
    """Install the versions that uv.lock says, from where pip is configured to."""
    if sys.version_info < VERSIONS[-1]:
        ours = ".".join(map(str, sys.version_info[:2]))
        raise SetUpFailed(f"this is Python {ours}; install 3.11 or newer, or uv, which brings its own")
    from environment.pip import Pip

    Pip(checkout).install()
    compile_bytecode(checkout, checkout.venv, checkout.root / "core", checkout.root / "plugins")


def compile_bytecode(checkout: Checkout, *folders: Path) -> None:
    """Compile ahead, without which a cold start takes 2.6 times as long."""
    say("compiling to bytecode")
    attempt(str(checkout.python), "-I", "-m", "compileall", "-qq", "-j", "0", *map(str, folders))
