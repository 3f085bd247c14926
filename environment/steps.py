"""What set-up says and does: a line on stderr for each step, and the installers' words when one fails."""

import os
import sys


class SetUpFailed(Exception):
    """What went wrong and what to do, in one sentence for a person."""


def say(sentence: str) -> None:
    """One line on stderr: stdout belongs to the command."""
    sys.stderr.write(f"run: {sentence}\n")
    sys.stderr.flush()


def step(doing: str, *command: str) -> None:
    """Say what is done and do it; where that fails, the installer has the word first."""
    say(doing)
    code, output = _execute(command, shown=sys.stderr.isatty())
    if code:
        sys.stderr.write(output)
        raise SetUpFailed(f"{doing} failed")


def attempt(*command: str) -> bool:
    """Whether a command succeeds; it may be absent."""
    try:
        return _execute(command, shown=False)[0] == 0
    except OSError:
        return False


def found(command: str) -> "str | None":
    """Where a command is, if it is on PATH."""
    import shutil

    return shutil.which(command)


def become(command: "list[str]", environ: "dict[str, str]") -> int:
    """Replace this process; Windows cannot, so there the command is a child."""
    if os.name != "nt":
        os.execvpe(command[0], command, environ)  # noqa: S606 - to run what it is given is its purpose
    import shutil
    import subprocess

    path = shutil.which(command[0], path=environ["PATH"])
    if not path:
        raise FileNotFoundError(command[0])
    return subprocess.call([path, *command[1:]], env=environ)


def _execute(command: "tuple[str, ...]", shown: bool) -> "tuple[int, str]":
    """The exit code of a command, and what it said if that was not shown."""
    import subprocess

    done = subprocess.run(
        command,
        env=_environ(),
        stdin=subprocess.DEVNULL,  # it belongs to the command, as stdout does
        stdout=sys.stderr if shown else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        close_fds=False,
        check=False,
    )
    return done.returncode, (done.stdout or b"").decode(errors="replace")


def _environ() -> "dict[str, str]":
    """Ours, less what would lead an installer out of the checkout's environment."""
    led_astray = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PIP_TARGET", "PIP_PREFIX", "PYTHONHOME")
    environ = {name: value for name, value in os.environ.items() if name not in led_astray}
    return dict(environ, PIP_USER="0")
