"""`toolpost doctor --policies`: canaries through every surface, and a row for each guard that ran or did not."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import anyio

from toolpost.config.load import Config
from toolpost.crash import alone
from toolpost.doctor.checks import CHECKS, Evidence, Row, judge
from toolpost.doctor.coverage import Gap
from toolpost.doctor.guards import NAMES
from toolpost.doctor.site import Site
from toolpost.doctor.surfaces import PATIENCE, SURFACES, Surface

ALL = "every surface"
# What `pii` looks for, of what the canaries hold.
HELD = ("EMAIL", "CREDIT_CARD")


async def send(config: Config, without: Collection[str] = (), surfaces: Mapping[str, Surface] = SURFACES) -> list[Row]:
    """Send the canaries, surface by surface, and judge what came of them."""
    guards = [name for name in CHECKS if name not in without and _is_on(config, name)]
    rows = [*_missing(config, without)]
    for name, surface in surfaces.items():
        with tempfile.TemporaryDirectory(prefix="toolpost-doctor-", ignore_cleanup_errors=True) as folder:
            rows += await _through(name, surface, Site.of(config, Path(folder)), guards, _types(config))
    return rows


def uncovered(gaps: Sequence[Gap], without: Collection[str]) -> Iterator[Row]:
    """Rows for what the guards leave out, but for what the operator does without."""
    for gap in gaps:
        if gap.guard not in without and f"{gap.guard}:{gap.name}" not in without:
            yield Row(ALL, gap.guard, f"{gap.kind} {gap.name}", "did not run", f"say --without {gap.guard}:{gap.name}")


async def _through(name: str, surface: Surface, site: Site, guards: Collection[str], types: list[str]) -> list[Row]:
    try:
        with anyio.fail_after(PATIENCE):
            seen = await surface(site)
    except (Exception, BaseExceptionGroup) as error:
        return [Row(name, "", "", "cannot tell", f"this surface does not answer: {_said(alone(error))}")]
    log = (site.folder / "stderr").read_text("utf-8", errors="replace")
    return [*judge(name, guards, Evidence(seen, site.reached(), log, types))]


def _missing(config: Config, without: Collection[str]) -> Iterator[Row]:
    """Guards that are not there at all."""
    for name in NAMES:
        if name in CHECKS and name not in without and not _is_on(config, name):
            yield Row(ALL, name, "everything", "did not run", f"it is not enabled; enable it, or say --without {name}")
    types = _types(config)
    if not types and "pii" not in without and _is_on(config, "pii"):
        yield Row(ALL, "pii", "everything", "did not run", f"its types hold none of {', '.join(HELD)}")


def _is_on(config: Config, name: str) -> bool:
    table = config.plugins.get(name)
    if table is None or not table.enabled:
        return False
    # Moderation is a tool in the first place, and a guard where it is told to be.
    return name != "moderation" or ("layer" in table.settings and table.settings["layer"].value is True)


def _types(config: Config) -> list[str]:
    """The types of the canaries that `pii` is told to look for."""
    table = config.plugins.get("pii")
    told = table.settings.get("types") if table else None
    return [name for name in HELD if told is None or name in told.value]


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
