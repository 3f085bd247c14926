"""`toolpost reload`: running servers take up the configuration."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import click

from toolpost.cli.output import as_json
from toolpost.folders import Folders

# Seconds that a server may take to read, import and build.
PATIENCE = 30.0


@click.command()
@click.option("--pid", type=int, help="Only this process.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def reload(config: Path | None, pid: int | None, for_programs: bool) -> None:
    """Have running servers take up their configuration, as it is now.

    Each reads its file, checks it, and swaps; calls under way end as they
    began, and clients are told what changed. A file with a mistake is refused,
    and the server goes on as it was. Exits with 1 if any did not take it up.
    What `pip` upgraded under a running server needs a restart of it.
    """
    from toolpost.reload.running import running
    from toolpost.reload.watching import SIGNAL

    if SIGNAL is None:
        raise click.ClickException("this system has no SIGHUP; set [server] watch = true, or restart the server")
    folders = Folders.of_user()
    wanted = str(config.absolute()) if config is not None else None
    found = [one for one in running(folders) if pid in (None, one.pid) and wanted in (None, one.config)]
    if not found:
        raise click.ClickException("no toolpost server of this kind runs here; start one with `toolpost serve`")
    began = time.time()
    for one in found:
        os.kill(one.pid, SIGNAL)
    outcomes = list(_outcomes(folders, (one.pid for one in found), began))
    if for_programs:
        as_json(outcomes)
    for outcome in [] if for_programs else outcomes:
        click.echo(f"{outcome['pid']} ({outcome['surface']}): {outcome['said']}")
    if not all(outcome["taken"] for outcome in outcomes):
        raise SystemExit(1)


def _outcomes(folders: Folders, pids: Iterable[int], began: float) -> Iterable[dict[str, object]]:
    from toolpost.reload.running import running

    waiting, until = set(pids), time.monotonic() + PATIENCE
    while waiting and time.monotonic() < until:
        alive = {one.pid: one for one in running(folders)}
        for pid in sorted(waiting):
            one = alive.get(pid)
            if one is None or one.at >= began:
                waiting.discard(pid)
                said = one.said if one else "it has ended"
                yield {
                    "pid": pid,
                    "surface": one.surface if one else "",
                    "taken": bool(one and one.taken),
                    "said": said,
                }
        time.sleep(0.05)
    for pid in sorted(waiting):
        yield {"pid": pid, "surface": alive[pid].surface, "taken": False, "said": f"no answer within {PATIENCE:g} s"}
