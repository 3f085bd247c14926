"""Work for the processor."""

from __future__ import annotations

import re
from collections import Counter


def counted(text: str) -> Counter[str]:
    """How often each word stands in a text."""
    return Counter(word.casefold() for word in re.findall(r"[^\W\d_]+", text))
