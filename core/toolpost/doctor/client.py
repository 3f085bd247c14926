"""What an MCP client sees of the canaries, over whatever transport."""

from __future__ import annotations

from typing import Any

from toolpost.doctor.canaries import strings
from toolpost.doctor.steps import Seen, Step


async def seen_by(client: Any, step: Step) -> Seen:
    """What an MCP client sees of a step."""
    from mcp import MCPError

    seen = Seen()

    async def told(done: float, total: float | None, message: str | None) -> None:
        seen.told.append(message or "")

    try:
        match step.kind:
            case "tool":
                result = await client.call_tool(step.name, dict(step.arguments), progress_callback=told)
                seen.failed = bool(result.is_error)
            case "resource":
                result = await client.read_resource(step.uri)
            case "prompt":
                result = await client.get_prompt(step.name, dict(step.arguments))
        seen.texts = strings(result.model_dump(mode="json", by_alias=True, exclude_none=True))
    except MCPError as error:
        seen.texts, seen.failed = [str(error)], True
    return seen
