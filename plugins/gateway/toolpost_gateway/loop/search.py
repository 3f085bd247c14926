"""Finds tools by words, where there are too many of them to show all.

The ranking is BM25 (Robertson and Zaragoza 2009, "The probabilistic relevance
framework"), with a word in a name counting for more than one in a description.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from toolpost import Tool

# How much a word counts by where it stands; and BM25's usual parameters.
NAME, TITLE, DESCRIPTION, PARAMETER = 4, 3, 1, 1
SATURATION, LENGTH = 1.2, 0.75
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
# Scripts that write no spaces: their words are looked for as pairs of characters.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
LONGEST, FEW = 2000, 1000


class Index:
    """The words of many tools; `find` ranks them, equal ones by name, so that the same words find the same."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = list(tools)
        self._found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = []
        for number, tool in enumerate(self._tools):
            counts = _counts(tool)
            lengths.append(sum(counts.values()))
            for word, count in counts.items():
                self._found[word].append((number, count))
        usual = sum(lengths) / len(lengths) if lengths else 1.0
        # What stands in most of them tells none from another, and takes the longest to look through.
        self._common = max(FEW, len(self._tools) // 2)
        self._weight = [SATURATION * (1 - LENGTH + LENGTH * length / (usual or 1.0)) for length in lengths]

    def find(self, query: str, among: Collection[str], most: int) -> list[Tool]:
        """The tools whose names are among these that fit best, the best first."""
        scores: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words(query)):
            places = self._found.get(word, ())
            if len(places) > self._common:
                continue
            rarity = math.log(1 + (len(self._tools) - len(places) + 0.5) / (len(places) + 0.5))
            for number, count in places:
                scores[number] += rarity * count * (SATURATION + 1) / (count + self._weight[number])
        allowed = [(number, score) for number, score in scores.items() if self._tools[number].name in among]
        best = sorted(allowed, key=lambda one: (-one[1], self._tools[one[0]].name))
        return [self._tools[number] for number, _ in best[:most]]


def words(text: str) -> Iterator[str]:
    """The words of a text as they are compared: without case, endings of the plural, and the joints of names."""
    for found in WORD.findall(text[:LONGEST]):
        word = found.lower()
        if not word.isascii() and UNSPACED.search(word):
            yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
        elif word[-1] == "s" and len(word) > 3 and word[-2] != "s":
            yield word[:-1]
        else:
            yield word


def _counts(tool: Tool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, weight in _texts(tool):
        for word in words(text):
            counts[word] += weight
    return counts


def _texts(tool: Tool) -> Iterator[tuple[str, int]]:
    yield tool.name, NAME
    yield tool.title or "", TITLE
    yield tool.words, DESCRIPTION
    properties = tool.input_schema.get("properties")
    for name, value in properties.items() if isinstance(properties, Mapping) else ():
        yield name, PARAMETER
        said = value.get("description") if isinstance(value, Mapping) else None
        yield said if isinstance(said, str) else "", PARAMETER
