"""What the log says of a provider: that it has started to fail, and that it is back."""

from __future__ import annotations

import logging

from toolpost.middleware.retry.breaker import Breaker

log = logging.getLogger("toolpost.retry")

# Exceptions behind one another that are named.
DEEPEST = 4


def tell(name: str, breaker: Breaker, why: str) -> None:
    """Say once that a breaker has opened, or closed, whatever is called meanwhile."""
    if breaker.is_closed:
        log.info("%s answers again", name)
        return
    rest = f"left alone, but for a call every {breaker.rest:g} s that shows whether it is back"
    log.warning("%s failed %d times in a row (%s), and is %s", name, breaker.row, why, rest)


def kind_of(error: BaseException) -> str:
    """What kind of failure it was: the names of exceptions alone, since their words may hold what was sent."""
    chain = [error]
    while (deeper := chain[-1].__cause__ or chain[-1].__context__) is not None and deeper not in chain:
        chain.append(deeper)
    return " from ".join(dict.fromkeys(type(one).__name__ for one in chain[:DEEPEST]))
