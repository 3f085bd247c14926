"""Installs with pip, which Python may have come without."""

import sys
import tomllib

from environment.checkout import Checkout
from environment.fetch import WHEEL, fetch, index
from environment.steps import SetUpFailed, attempt, say, step


class Pip:
    """The pip inside a checkout's environment."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout
        self._python = [str(checkout.python), "-I"]

    def install(self) -> None:
        """Install every distribution of the checkout as editable, and the versions of the rest that are locked."""
        if not self._checkout.python.exists():
            step("making .venv", sys.executable, "-m", "venv", "--without-pip", str(self._checkout.venv))
        self._bring()
        constraints = self._checkout.venv / "constraints.txt"
        constraints.write_text(locked((self._checkout.root / "uv.lock").read_text("utf-8")), "utf-8")
        install = [*self._python, "-m", "pip", "install", "--no-compile", "--constraint", str(constraints)]
        step("bringing pip and the build backend", *install, "--upgrade", "pip>=25.1", "hatchling", "editables")
        projects = self._checkout.projects()
        editable = [part for project in projects for part in ("--editable", str(project.parent))]
        step("installing toolpost and its plugins", *install, "--no-deps", "--no-build-isolation", *editable)
        names = [tomllib.loads(project.read_text("utf-8"))["project"]["name"] for project in projects]
        dev = ["--group", f"{projects[0]}:dev"]
        step("installing what they need, which takes a minute or two", *install, *names, *dev)

    def _bring(self) -> None:
        """Have a pip in the environment: Python's own, or through the machine's, or from the package index."""
        if attempt(*self._python, "-m", "pip", "--version"):
            return
        if attempt(*self._python, "-m", "ensurepip"):  # Debian keeps it in a package of its own
            return
        # The environment is ours, so PEP 668 does not mind.
        if attempt(sys.executable, "-m", "pip", "--python", self._python[0], "install", "pip>=25.1"):
            return
        say("fetching pip")
        try:
            wheel = fetch(index(), self._checkout.venv)
        except OSError as error:
            raise SetUpFailed(f"cannot fetch {WHEEL} ({error}); install uv, or pip for this Python") from None
        # A wheel of pip runs as it is.
        step("installing pip", *self._python, str(wheel / "pip"), "install", "--no-index", str(wheel))


def locked(lock: str) -> str:
    """What a uv.lock pins, as pip's constraints; several versions of one package have markers that part them."""
    lines = []
    for package in tomllib.loads(lock)["package"]:
        if "registry" in package["source"]:
            markers = " or ".join(f"({marker})" for marker in package.get("resolution-markers", []))
            lines.append(f"{package['name']}=={package['version']}" + (f" ; {markers}" if markers else ""))
    return "\n".join(lines)
