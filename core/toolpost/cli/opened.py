"""What commands look up while a host is open: tools that come only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from toolpost.config.load import Config
from toolpost.host import Host

Found = TypeVar("Found")


def opened(host: Host, config: Config, look: Callable[[], Found], wanted: str = "") -> Found:
    """What `look` finds while the host's plugins hold open what they need, for the tool that is `wanted` or for all."""
    import anyio

    from toolpost.cli.start import loop_of, plugins_on_stderr
    from toolpost.crash import alone
    from toolpost.server.loop import options

    async def within() -> Found:
        async with host:
            return look()

    if wanted:
        host.want(wanted)
    loop = loop_of(config)
    try:
        with plugins_on_stderr():
            return anyio.run(within, backend=loop, backend_options=options(loop))
    except BaseExceptionGroup as group:
        raise alone(group) from None


def looked_up(host: Host, config: Config, name: str, look: Callable[[], Found | None]) -> Found | None:
    """What `look` finds of a tool's name; if that is nothing, and the tool may be one that comes later, once more."""
    from toolpost.plugins.expected import may_come

    found = look()
    if found is None and may_come(host.registry, name):
        return opened(host, config, look, name)
    return found
