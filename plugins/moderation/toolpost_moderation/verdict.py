"""What a moderation model says of a text or a picture, read strictly: a verdict in doubt is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolpost import ToolError

# As of openai 3.51, types/moderation.py.
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
# A category is named to the caller, so a server cannot put anything else there.
NAME = re.compile(r"[\w /.-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Verdict:
    """A verdict: each category flagged or not, and its score from 0 to 1."""

    model: str
    flagged: bool = False
    categories: Mapping[str, bool] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)

    def found(self, thresholds: Mapping[str, float]) -> list[str]:
        """The categories that are too much: by their threshold, or by the provider's flag where there is none.

        Raises:
            ToolError: a category that has a threshold was not judged.
        """
        if missing := sorted(set(thresholds) - set(self.scores)):
            raise ToolError(f"the model does not judge {missing[0]!r}, for which [plugins.moderation] has a threshold")
        judged = {name: flag for name, flag in self.categories.items() if name not in thresholds}
        judged |= {name: self.scores[name] >= least for name, least in thresholds.items()}
        found = [name for name, is_found in judged.items() if is_found]
        # A provider may flag without saying why, which counts as well.
        unnamed = self.flagged and not any(self.categories.values())
        return sorted(found, key=lambda name: -self.scores.get(name, 0.0)) or (["unnamed"] if unnamed else [])


def read(body: Any, items: int) -> Verdict:
    """The verdict in a provider's JSON.

    OpenAI answers once for a text and a picture together, other servers once
    for each item, and some once for all of a list: anything else is an error.

    Raises:
        TypeError, ValueError, LookupError: the body has another form.
    """
    results = body["results"]
    if type(results) is not list or len(results) not in {1, items}:
        raise ValueError("not one result, and not one for each item")
    return merged([_one(str(body.get("model") or ""), result) for result in results])


def merged(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts, category by category."""
    model, flagged = "", False
    categories: dict[str, bool] = {}
    scores: dict[str, float] = {}
    for verdict in verdicts:
        model, flagged = model or verdict.model, flagged or verdict.flagged
        for name, flag in verdict.categories.items():
            categories[name] = flag or categories.get(name, False)
        for name, score in verdict.scores.items():
            scores[name] = max(score, scores.get(name, 0.0))
    return Verdict(model, flagged, categories, scores)


def _one(model: str, result: Any) -> Verdict:
    # Older models answer null for categories that they do not know.
    categories = {_name(name): _flag(flag) for name, flag in result["categories"].items() if flag is not None}
    scores = {_name(name): _score(score) for name, score in result["category_scores"].items() if score is not None}
    return Verdict(model, _flag(result["flagged"]) or any(categories.values()), categories, scores)


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("a category that is no name")
    return name


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError("a flag is true or false")
    return value


def _score(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise ValueError("a score is a number from 0 to 1")
    return float(value)
