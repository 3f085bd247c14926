"""Whether a model is there that a person names."""

from __future__ import annotations

from toolpost import did_you_mean
from toolpost_openai import OpenAI


async def missing(openai: OpenAI, name: str) -> str:
    """A sentence that there is no such model, and which was probably meant; empty where there is, or nobody says.

    Raises:
        ToolError: no model can be asked at all.
    """
    known = await _names(openai)
    return f"There is no model {name!r} here; {did_you_mean(name, known)}" if known and name not in known else ""


async def _names(openai: OpenAI) -> list[str]:
    """The names and aliases of what answers; none where a server does not say what it has."""
    if openai.configured is not None and not await (await openai.connect()).served():
        return []
    offered = [one for one in await openai.list_models() if one.kind == "chat"]
    return [name for one in offered for name in (*one.aliases, one.name)]
