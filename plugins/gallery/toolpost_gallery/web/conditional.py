"""Whether a caller has what it asks for already (RFC 9110, section 13.1.2)."""

from __future__ import annotations


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether one of these tags is this, compared weakly as the rule says."""
    if if_none_match is None:
        return False
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in known or known == ["*"]
