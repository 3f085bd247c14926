"""One reload: read, check, build, swap; whatever is wrong is said, and the last good one goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import anyio
import anyio.to_thread

from toolpost.cancellation import is_real
from toolpost.config.load import Config, load
from toolpost.crash import account
from toolpost.errors import ToolpostError
from toolpost.host import Host
from toolpost.logs import hide_also
from toolpost.plugins.assemble import Workshop
from toolpost.reload.packages import see_new_packages

log = logging.getLogger("toolpost")


@dataclass(frozen=True)
class Outcome:
    """How a reload ended, in a sentence."""

    taken: bool
    text: str


@dataclass(eq=False)
class Reloading:
    """Brings a running host to what its configuration says now.

    `also` prepares what a surface makes of the configuration, and may refuse
    it; what it returns puts that in place and cannot fail. `hide` is told the
    secrets to keep out of the log, before anything is built.
    """

    host: Host
    config: Config
    workshop: Workshop
    also: Callable[[Config], Callable[[], None]] = lambda config: lambda: None
    hide: Callable[[Config], None] = hide_also
    _one_at_a_time: anyio.Lock = field(default_factory=anyio.Lock, init=False)

    async def reload(self) -> Outcome:
        """Take up the configuration if it is right; calls under way end as they began."""
        async with self._one_at_a_time:
            try:
                outcome = await self._reload()
            except ToolpostError as error:
                outcome = Outcome(False, f"the configuration is refused, and the last good one goes on: {error}")
            except BaseException as error:
                if is_real(error):
                    raise
                log.error("a reload failed\n%s", "\n".join(account(error)))
                outcome = Outcome(False, f"the reload failed ({type(error).__name__}), and the last good one goes on")
        log.log(logging.INFO if outcome.taken else logging.ERROR, "%s", outcome.text)
        return outcome

    async def _reload(self) -> Outcome:
        before = set(self.host.tools)
        # The file that counts may be another than at the start: the first edit copies the shipped one.
        config = await anyio.to_thread.run_sync(load, self.config.given)
        await anyio.to_thread.run_sync(see_new_packages)
        await anyio.to_thread.run_sync(self.hide, config)
        # Plugins are imported and built, which may take a while.
        other = await anyio.to_thread.run_sync(self.workshop.host, config)
        take_up = self.also(config)
        await self.host.become(other, self.workshop.kept)
        self.workshop.taken()
        take_up()
        self.config = config
        said = _difference(before, set(self.host.tools))
        return Outcome(True, f"{config.path} is taken up: {said}{_left_out(self.host.registry.broken)}")


def _left_out(broken: Mapping[str, str]) -> str:
    return "".join(f"; without plugin {name}: {reason}" for name, reason in sorted(broken.items()))


def _difference(before: set[str], after: set[str]) -> str:
    new, gone = sorted(after - before), sorted(before - after)
    said = [f"{word} {', '.join(names)}" for word, names in (("new:", new), ("gone:", gone)) if names]
    return "; ".join(said) or f"{len(after)} tools, as before"
