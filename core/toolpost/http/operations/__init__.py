"""What an operator asks a running server: whether it lives, is ready, what it does, and how to use it."""

from __future__ import annotations

from toolpost.config.load import Config
from toolpost.host import Host
from toolpost.http.operations.readiness import Readiness
from toolpost.http.operations.reports import Reports
from toolpost.http.operations.site import Site
from toolpost.http.operations.vitals import Vitals
from toolpost.http.placing import OURS
from toolpost.http.refusal import Refusal
from toolpost.routes import Route


async def health() -> dict[str, str]:
    """Whether the process is alive."""
    return {"status": "ok"}


async def metrics() -> None:
    """The numbers that Prometheus reads.

    They are counted by the plugin `metrics`, which answers in the place of this route where it is enabled.
    """
    raise Refusal(404, "nothing is counted here: the plugin metrics is not enabled; add [plugins.metrics]", "not_found")


def operations(host: Host, config: Config, vitals: Vitals | None = None) -> list[tuple[str, Route]]:
    """The routes that are toolpost's own; `vitals` is what the server knows of itself."""
    vitals = vitals or Vitals.of_process()
    scrapes = config.http.metrics
    mine = [
        Route("/health", health, scope="public"),
        *Readiness.of(host, config, vitals).routes(),
        Route("/metrics", metrics, scope=scrapes),
        *Reports(host, config, vitals).routes(),
        *Site(config.http.path).routes(),
    ]
    return [(OURS, route) for route in mine]
