"""Moderation: judgements by category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolpost.testing.openai.received import Received
from toolpost.testing.openai.wire import Answer, Reply, whole

# The categories of omni-moderation-latest.
CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
FLAGGED = 0.5


def judge(scores: Mapping[str, float] | None = None) -> Reply:
    """The same judgement of every input: scores by category, of which 0.5 and more are flagged."""
    given = scores or {}
    if unknown := set(given) - set(CATEGORIES):
        raise ValueError(f"{min(unknown)!r} is no category; allowed: {', '.join(CATEGORIES)}")

    def reply(request: Received) -> Answer:
        result = _result(given, request)
        results = [result] * _inputs(request.asks("input", ""))
        return whole({"id": "modr-1", "model": request.asks("model", "omni-moderation-latest"), "results": results})

    return reply


def _result(scores: Mapping[str, float], request: Received) -> dict[str, Any]:
    found = {category: float(scores.get(category, 0.0)) for category in CATEGORIES}
    flags = {category: score >= FLAGGED for category, score in found.items()}
    kind = "image" if "image_url" in str(request.asks("input")) else "text"
    applied = {category: [kind] for category in CATEGORIES}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": found,
        "category_applied_input_types": applied,
    }


def _inputs(given: Any) -> int:
    # A list of texts has a result for each, a list of parts is one input.
    return len(given) if isinstance(given, list) and all(isinstance(item, str) for item in given) else 1
