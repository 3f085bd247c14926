"""What a running server knows of itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from toolpost.folders import Folders
from toolpost.plugins.assemble import services
from toolpost.reader import Reader
from toolpost.store import Store


@dataclass
class Vitals:
    """Filled by whoever serves: `sessions` and `connections` count them, `stopping` is set once a signal came.

    `beside` starts what goes on when the request is answered that began it.
    """

    store: Store
    sessions: Callable[[], int] | None = None
    connections: Callable[[], int] | None = None
    beside: Callable[[Callable[[], Coroutine[Any, Any, None]]], object] | None = None
    stopping: bool = False
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of_process(cls) -> Vitals:
        """With the store that plugins of this process use."""
        return cls(next(one for one in services(Folders.of_user(), Reader()) if isinstance(one, Store)))
