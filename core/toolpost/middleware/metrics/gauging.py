"""The numbers that plugins show: read one by one, so that none hides those of others or holds them up."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from toolpost.cancellation import is_real
from toolpost.errors import PluginError
from toolpost.gauges import Gauge
from toolpost.plugins.names import came_with_toolpost
from toolpost.plugins.patience import bounded

if TYPE_CHECKING:
    from toolpost.host import Host

log = logging.getLogger("toolpost.metrics")
# Of one plugin, and of one gauge: what labels by caller must not fill Prometheus' memory.
MOST, VALUES = 100, 50
# Characters of a label's value, of a name, and of what it is about.
LABEL, NAME, HELP = 100, 200, 500
# The seconds that a plugin has for all its gauges, since calls wait meanwhile, and those in which a slow one has none.
SECONDS, SLOW = 0.25, 60.0
# Prometheus' data model; names with a colon are those of recording rules.
WRITTEN = re.compile(r"(?!__)[a-zA-Z_]\w*", re.ASCII)
# Families of toolpost, and of prometheus_client.
OURS = ("toolpost_", "process_", "python_")

Rows = list[tuple[list[str], float]]


@dataclass(frozen=True)
class Reading:
    """A gauge as it stood: its numbers by the values of its labels."""

    name: str
    help: str
    labels: list[str]
    rows: Rows


@dataclass(eq=False)
class Gauges:
    """Reads the gauges of a host's plugins; one that was too slow is left alone for a while."""

    clock: Callable[[], float] = field(default=monotonic, repr=False)
    _slow: dict[str, float] = field(default_factory=dict)

    def read(self, host: Host) -> list[Reading]:
        """What can be read; why the rest cannot is in the log."""
        found: dict[str, Reading] = {}
        for owner in host.registry.plugins:
            if self._slow.get(owner, 0.0) <= self.clock():
                self._of(host, owner, found)
        return list(found.values())

    def _of(self, host: Host, owner: str, found: dict[str, Reading]) -> None:
        try:
            gauges = host.registry.gauges_of(owner, SECONDS)
            if len(gauges) > MOST:
                log.warning("plugin %r has %d gauges; the first %d are shown", owner, len(gauges), MOST)
            with bounded("reading its gauges", SECONDS):
                for reading in _readings(owner, gauges[:MOST]):
                    _keep(found, owner, reading)
        except BaseException as error:
            _pass(error)
            if isinstance(error, PluginError):
                self._slow[owner] = self.clock() + SLOW
            log.warning("the gauges of plugin %r cannot be read: %s", owner, type(error).__name__)


def _readings(owner: str, gauges: list[Gauge]) -> Iterator[Reading]:
    is_own = came_with_toolpost(owner)
    for gauge in gauges:
        try:
            yield _reading(gauge, is_own=is_own)
        except PluginError:
            raise
        except BaseException as error:  # one mistake must not hide all other numbers
            _pass(error)
            log.warning("gauge %.100s of plugin %r cannot be read: %s", _text(gauge.name), owner, type(error).__name__)


def _keep(found: dict[str, Reading], owner: str, reading: Reading) -> None:
    if reading.name in found:
        log.warning("gauge %.100s of plugin %r is left out: there is one of that name", reading.name, owner)
    else:
        found[reading.name] = reading


def _reading(gauge: Gauge, *, is_own: bool) -> Reading:
    name, label = _text(gauge.name), _text(gauge.label)
    if not (WRITTEN.fullmatch(name) and WRITTEN.fullmatch(label)) or len(name) > NAME or len(label) > NAME:
        raise ValueError("Prometheus takes no such name")
    if name.lower().startswith(OURS) and not is_own:
        raise ValueError("names that begin so are toolpost's own")
    about, value = _text(gauge.help)[:HELP], gauge.read()
    if not isinstance(value, Mapping):
        return Reading(name, about, [], [([], float(value))])
    # Values that are alike once they are cut would be one sample twice.
    numbers = {_text(key)[:LABEL]: float(number) for key, number in sorted(value.items(), key=str)[:VALUES]}
    return Reading(name, about, [label], [([key], number) for key, number in numbers.items()])


def _text(value: object) -> str:
    """A text that can be sent."""
    return str(value).encode(errors="replace").decode()


def _pass(error: BaseException) -> None:
    """Let through what ends this task."""
    if is_real(error):
        raise error
