"""Progress on stderr while a call runs: a bar where there is a terminal, nothing where there is none."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from toolpost.cli.output import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Progress:
    """Receives what `Context.progress` reports; the bar appears with the first report."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    async def report(self, done: float, total: float | None, message: str | None) -> None:
        """Show how far the work is."""
        if not sys.stderr.isatty():
            return
        bar = self._bar or self._start()
        if self._task is None:
            self._task = bar.add_task("", total=None)
        bar.update(self._task, completed=done, total=total, description=one_line(message or ""))

    def hide(self) -> None:
        """Leave the terminal to somebody else; the next report brings the bar back."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None

    def _start(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        self._bar = Bar(*columns, console=Console(file=sys.stderr), transient=True)
        self._bar.start()
        return self._bar

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
