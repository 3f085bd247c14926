"""Who installs into an environment."""

from __future__ import annotations

import shutil
import sysconfig
from importlib.util import find_spec

from toolpost.errors import PluginError
from toolpost.packages.environment import Environment
from toolpost.packages.hashes import Hashes
from toolpost.packages.installers import Installer, Pip, UvPip
from toolpost.packages.managed import Pipx, UvTool
from toolpost.packages.receipt import Receipt


def installer_of(environment: Environment) -> Installer:
    """Who installs into an environment.

    Raises:
        PluginError: nobody can, with what to do instead.
    """
    environment.refuse_if_closed()
    uv = _command("uv")
    match environment.kind:
        case "uv tool":
            if uv is None:
                raise PluginError(f"{environment.prefix} was made by `uv tool`, and uv is not on PATH; add it there")
            return UvTool(uv, environment.python, Receipt.read(environment.prefix))
        case "pipx":
            pipx = shutil.which("pipx")
            if pipx is None:
                name = environment.prefix.name
                raise PluginError(
                    f"{environment.prefix} was made by pipx, which is not on PATH; run `pipx inject {name} NAME`"
                )
            return Pipx.of(pipx, environment.prefix)
    return _plain(environment, uv)


def _plain(environment: Environment, uv: str | None) -> Installer:
    if environment.has_pip:
        return Pip(environment.python)
    if uv is not None:
        return UvPip(uv, environment.python)
    if find_spec("ensurepip") is None:
        raise PluginError(f"{environment.prefix} has no pip, and there is no uv on PATH; install one of the two")
    return Pip(environment.python, ((str(environment.python), "-m", "ensurepip"),))


def _command(name: str) -> str | None:
    """A command on PATH, or in the environment itself."""
    return shutil.which(name) or shutil.which(name, path=sysconfig.get_path("scripts"))


def hashes_of(environment: Environment) -> Hashes:
    """Whom to ask for hashes: the installer whose configuration names the indexes of this environment."""
    uses_uv = environment.kind == "uv tool" or not environment.has_pip
    return Hashes(environment.python, _command("uv") if uses_uv else None)
