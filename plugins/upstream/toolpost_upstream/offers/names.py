"""Names for what servers offer: valid everywhere, the same at every start, and no two alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from hashlib import blake2b

# What every client, and every provider of models, takes for the name of a function.
LONGEST = 64
FOREIGN = re.compile(r"[^A-Za-z0-9_-]+")
# Of how many digits one is: so many that nobody finds a name with the digest of another.
DIGEST = 12
DIGESTED = re.compile(rf".*_[0-9a-f]{{{DIGEST}}}")


def prefixed(prefix: str, name: str, others: Collection[str] = ()) -> str:
    """`name` of the server that is called `prefix` here; `others` are the prefixes of all other servers.

    It is `prefix_name`. Where that is too long, or holds what names do not,
    or where it could be another server's (`a` with `b_c`, where there is a
    server `a_b`), a digest of both names stands at the end; so it does where
    the name ends like one, since everybody can make the digest of another's.
    Which of these it is depends on the configuration and on the name alone, never on what any
    server offers beside it.
    """
    plain = f"{prefix}_{name}" if prefix else name
    is_plain = FOREIGN.search(plain) is None and len(plain) <= LONGEST and DIGESTED.fullmatch(plain) is None
    if is_plain and not _is_others(plain, prefix, others):
        return plain
    digest = blake2b(f"{prefix}\0{name}".encode("utf-8", "surrogatepass"), digest_size=DIGEST // 2).hexdigest()
    return f"{FOREIGN.sub('_', plain)[: LONGEST - DIGEST - 1].rstrip('_')}_{digest}"


def pattern(prefix: str) -> str:
    """What all names fit that `prefixed` gives for a prefix."""
    return f"{prefix}_*" if prefix else "*"


def named(prefix: str, names: Iterable[str], others: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each name once, with what it is called here; of two that would be called the same, the first."""
    taken: set[str] = set()
    for name in names:
        called = prefixed(prefix, name, others)
        if called not in taken:
            taken.add(called)
            yield name, called


def _is_others(plain: str, prefix: str, others: Collection[str]) -> bool:
    return any(len(other) > len(prefix) and plain.startswith(f"{other}_") for other in others if other)
