"""What the failure of a call says of the provider behind it."""

from __future__ import annotations

from collections.abc import Mapping

from toolpost.errors import Crash, ToolError, Unavailable
from toolpost.middleware.retry.breaker import Health

# In the `meta` of an error: `{"name": "openai", "up": False}`, where the tool knows.
PROVIDER = "toolpost/provider"


def health(error: ToolError) -> Health:
    """What an error says: as its tool has put it, or else down if nothing could be done at all.

    A refusal, wrong arguments or a failure half-way may have come about
    without the provider.
    """
    said = error.meta.get(PROVIDER)
    if isinstance(said, Mapping) and isinstance(said.get("up"), bool):
        return Health.UP if said["up"] else Health.DOWN
    if isinstance(error, Unavailable) or (isinstance(error, Crash) and _is_network(error.__cause__)):
        return Health.DOWN
    return Health.UNKNOWN


def _is_network(error: BaseException | None) -> bool:
    return isinstance(error, ConnectionError | TimeoutError)
