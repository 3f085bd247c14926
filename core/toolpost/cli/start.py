"""What every command that needs the plugins begins with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec

from toolpost.config.load import Config
from toolpost.descriptors import stdout_kept
from toolpost.errors import ConfigError
from toolpost.host import Host
from toolpost.logs import log_to_stderr


def start(config: Config) -> Host:
    """The host of a configuration; what its plugins print meanwhile goes to stderr."""
    from toolpost.plugins.assemble import assemble

    log_to_stderr(config)
    with plugins_on_stderr():
        return assemble(config)


def loop_of(config: Config, given: str | None = None) -> str:
    """The event loop to run on, by name."""
    backend = given or config.server.backend
    if find_spec(backend) is None:
        raise ConfigError(f"the event loop {backend!r} is not installed; run `pip install 'toolpost[{backend}]'`")
    return backend


@contextmanager
def plugins_on_stderr() -> Iterator[None]:
    """While plugins run, stdout is not theirs: a program may be reading it."""
    with stdout_kept(), redirect_stdout(sys.stderr):
        yield
