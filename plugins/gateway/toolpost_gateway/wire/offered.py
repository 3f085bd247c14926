"""The tools behind the labels of a request, as its caller has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from toolpost import Context, Tool
from toolpost_gateway.talk import Request

if TYPE_CHECKING:
    from toolpost_gateway.loop import Loop


def listings(loop: Loop, context: Context, request: Request, labels: Sequence[str]) -> list[tuple[str, list[Tool]]]:
    """For each label the tools that the model gets by it."""
    return [(label, _tools(loop, context, request, label)) for label in labels]


def _tools(loop: Loop, context: Context, request: Request, label: str) -> list[Tool]:
    chosen = tuple(one for one in request.chosen or () if one.label == label)
    return list(loop.offered(context, replace(request, chosen=chosen)))
