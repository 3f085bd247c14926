"""The numbers in Prometheus' text format."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest

from toolpost import __version__
from toolpost.middleware.metrics.counters import Counters, by_tool
from toolpost.middleware.metrics.gauging import Gauges, Reading
from toolpost.middleware.metrics.latency import QUANTILES, cumulative, quantile

if TYPE_CHECKING:
    from toolpost.host import Host

    Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


@dataclass(frozen=True, eq=False)
class Exposition:
    """The numbers of one moment: what was counted, and what was read of the host and its plugins."""

    counters: Counters
    running: int
    plugins: Mapping[str, str]
    gauges: Iterable[Reading]

    @classmethod
    def of(cls, counters: Counters, running: int, host: Host | None, gauges: Gauges) -> Exposition:
        """Read the host now; `render` may happen in another thread."""
        return cls(counters, running, _plugins(host) if host else {}, gauges.read(host) if host else [])

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Family]:
        """All families; Prometheus' registry calls this."""
        yield from self._calls()
        yield from self._times()
        yield from self._used()
        yield from self._decided()
        yield _gauge("toolpost_info", "The version of toolpost.", ["version"], [([__version__], 1)])
        yield _gauge("toolpost_calls_running", "Calls under way.", [], [([], self.running)])
        states = [([name, state], 1) for name, state in self.plugins.items()]
        yield _gauge("toolpost_plugin", "Plugins that stand, and those that are broken.", ["plugin", "state"], states)
        dropped = sum(getattr(handler, "dropped", 0) for handler in logging.root.handlers)
        yield _counter("toolpost_log_lines_dropped", "Lines of the log that nobody read.", [], [([], dropped)])
        for one in self.gauges:
            yield _gauge(one.name, one.help, one.labels, one.rows)

    def _calls(self) -> Iterator[Family]:
        rows = [([tool, tally.plugin, surface], tally) for (tool, surface), tally in self.counters.tallies.items()]
        labels = ["tool", "plugin", "surface"]
        calls = [(where, tally.calls) for where, tally in rows]
        errors = [([*where, kind], number) for where, tally in rows for kind, number in tally.errors.items()]
        yield _counter("toolpost_calls", "Calls, failed ones included.", labels, calls)
        yield _counter("toolpost_call_errors", "Failed calls by how they failed.", [*labels, "kind"], errors)
        principals = [([name], number) for name, number in self.counters.principals.items()]
        yield _counter("toolpost_principal_calls", "Calls by caller, if that is asked for.", ["principal"], principals)

    def _times(self) -> Iterator[Family]:
        times = HistogramMetricFamily("toolpost_call_seconds", "Seconds that calls took.", labels=["tool"])
        shares = []
        for tool, tally in by_tool(self.counters.tallies):
            times.add_metric([tool], cumulative(tally.buckets), tally.seconds)
            shares += [([tool, f"{share:g}"], quantile(tally.buckets, share)) for share in QUANTILES]
        yield times
        about = "Seconds within which this share of calls ended."
        yield _gauge("toolpost_call_seconds_quantile", about, ["tool", "quantile"], shares)

    def _used(self) -> Iterator[Family]:
        tools = list(by_tool(self.counters.tallies))
        tokens = [([tool, way], number) for tool, tally in tools for way, number in tally.tokens.items()]
        yield _counter("toolpost_tokens", "Tokens that tools used.", ["tool", "direction"], tokens)
        models = [([model, way], number) for (model, way), number in self.counters.models.items()]
        yield _counter("toolpost_model_tokens", "Tokens that models used.", ["model", "direction"], models)
        costs = [([tool], tally.cost) for tool, tally in tools if tally.cost]
        yield _counter("toolpost_cost_usd", "What calls have cost, where that is known.", ["tool"], costs)
        cache = [([tool, outcome], number) for tool, tally in tools for outcome, number in tally.cache.items()]
        yield _counter("toolpost_cache", "Answers of cacheable tools.", ["tool", "outcome"], cache)

    def _decided(self) -> Iterator[Family]:
        decisions = [([*pair], number) for pair, number in self.counters.decisions.items()]
        yield _counter("toolpost_decisions", "What layers decided.", ["layer", "decision"], decisions)
        amounts = [([*pair], number) for pair, number in self.counters.amounts.items()]
        about = "What layers counted, as milliseconds that calls waited (waited_ms) or types of personal data."
        yield _counter("toolpost_decision_amount", about, ["layer", "what"], amounts)


def _plugins(host: Host) -> dict[str, str]:
    known = {*host.registry.versions, *host.registry.owners.values(), *(name for name, _ in host.layers)}
    return {name: "broken" if name in host.registry.broken else "loaded" for name in {*known, *host.registry.broken}}


Rows = Iterable[tuple[list[str], float]]


def _gauge(name: str, about: str, labels: list[str], rows: Rows) -> Family:
    return _filled(GaugeMetricFamily(name, about, labels=labels), rows)


def _counter(name: str, about: str, labels: list[str], rows: Rows) -> Family:
    return _filled(CounterMetricFamily(name, about, labels=labels), rows)


def _filled(family: Any, rows: Rows) -> Family:
    for where, number in rows:
        family.add_metric(where, number)
    found: Family = family
    return found
