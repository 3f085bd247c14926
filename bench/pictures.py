"""What hostile and ordinary pictures cost: memory and seconds of each, in a fresh process, through `load` and `fit`.

    python bench/pictures.py                 # all; the worst come last
    python bench/pictures.py webp jpeg       # those whose names hold one of the words
    python bench/pictures.py --keep FOLDER   # make the files there, and keep them

Growth is the peak of the resident set above what it was with toolpost and the
plugin imported and nothing decoded; lag is the longest that the event loop
did not answer meanwhile, and is worth reading on a quiet machine only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MB, LIMIT_SECONDS = 100, 10


def status(name: str) -> float:
    """A line of /proc/self/status, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000


def measure(path: Path) -> None:
    """Load one file and make a preview, as `vision` does; print what it took."""
    import anyio

    from toolpost import Artefacts, Context, InvalidArguments, Reader
    from toolpost_pictures import Pictures

    pictures = Pictures(Artefacts(path.parent), Reader(), folders=[path.parent])
    found: dict[str, object] = {"name": path.name}
    lag = 0.0

    async def heartbeat() -> None:
        nonlocal lag
        while True:
            before = time.perf_counter()
            await anyio.sleep(0.001)
            lag = max(lag, time.perf_counter() - before - 0.001)

    async def work() -> None:
        nonlocal lag
        # The first call imports Pillow, which no picture is to blame for.
        await pictures.fit(await pictures.load(str(path.parent / ".first.png"), Context()), 10_000)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(heartbeat)
            await anyio.sleep(0.02)
            lag, began = 0.0, time.perf_counter()
            try:
                picture = await pictures.load(str(path), Context())
                found["loaded"] = round(status("VmHWM") - before)
                preview = await pictures.fit(picture, 700_000)
                found["outcome"] = f"{preview.width}x{preview.height} {preview.mime_type[6:]}"
            except InvalidArguments as error:
                found["outcome"] = str(error)
            except BaseException as error:
                found["outcome"] = f"!!! {type(error).__name__}: {error}"
            found["seconds"] = round(time.perf_counter() - began, 2)
            found["lag_ms"] = round(lag * 1000)
            tasks.cancel_scope.cancel()

    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    anyio.run(work)
    print(json.dumps({**found, "mb": round(status("VmHWM") - before), "left": round(status("VmRSS") - before)}))


def rows(folder: Path, words: list[str]) -> list[dict[str, object]]:
    """One row for each file, as the child process printed it."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or (words and not any(word in path.name for word in words)):
            continue
        done = subprocess.run(
            [sys.executable, __file__, "--measure", str(path)], capture_output=True, text=True, timeout=120
        )
        crashed = {"name": path.name, "outcome": f"!!! exit {done.returncode}", "mb": 0, "seconds": 0}
        found.append(json.loads(done.stdout) if done.returncode == 0 else crashed)
        print(line(found[-1]), flush=True)
    return found


def line(row: dict[str, object]) -> str:
    figures = f"{row['mb']:>5} MB {row['seconds']:>6} s {row.get('lag_ms', '-'):>5} ms {row.get('left', '-'):>5} left"
    return f"{row['name']:<34}{figures}  {str(row['outcome'])[:90]}"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        return measure(Path(arguments[1]))
    with tempfile.TemporaryDirectory() as scratch:
        keep = arguments[:1] == ["--keep"]
        folder = Path(arguments[1] if keep else scratch)
        if not (folder / ".first.png").exists():
            from picture_files import write_all

            write_all(folder)
        found = rows(folder, arguments[2 * keep :])
    over = [row for row in found if row["mb"] > LIMIT_MB or row["seconds"] > LIMIT_SECONDS or "!!!" in row["outcome"]]  # type: ignore[operator]
    print(f"\n{len(found)} files, {len(over)} beyond {LIMIT_MB} MB or {LIMIT_SECONDS} s, or with a crash; the worst:")
    for key in ("mb", "seconds", "lag_ms"):
        for row in sorted(found, key=lambda row: -row.get(key, 0))[:5]:  # type: ignore[operator]
            print(f"{key:>8}  {line(row)}")


if __name__ == "__main__":
    main(sys.argv[1:])
