"""Names of what an answer holds, from which the call that they stand for can be told again."""

from __future__ import annotations

CALL, APPROVAL, FUNCTION = "mcp_", "mcpr_", "fc_"


def call_item(invocation: str, approval: str = "") -> str:
    """The id of the item of one of our calls; one that was asked about is named by that, since it had no item then."""
    return CALL + (approval or invocation)


def approval_item(invocation: str) -> str:
    """The id of the item that asks for a yes."""
    return APPROVAL + invocation


def of_call(item: str) -> str:
    """The call that an item stands for."""
    return item.removeprefix(CALL)


def of_approval(item: str) -> str:
    """The call that an approval is about."""
    return item.removeprefix(APPROVAL)
