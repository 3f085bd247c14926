"""A request sent on to where it really belongs."""

from __future__ import annotations

import urllib.error
import urllib.request

from toolpost.testing.openai.received import Received

# Headers that are between two neighbours (RFC 9110, section 7.6.1), or would have the answer packed.
OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "keep-alive", "te", "upgrade"}
LONGEST = 600.0


def forwarded(upstream: str, request: Received) -> tuple[int, str, bytes]:
    """Status, content type and body of the upstream's answer, or of the gateway's own if there is none."""
    headers = {name: value for name, value in request.headers.items() if name not in OURS}
    sent = urllib.request.Request(  # noqa: S310 - the author of a test names the upstream
        upstream + request.path, request.raw or None, headers, method=request.method
    )
    try:
        with urllib.request.urlopen(sent, timeout=LONGEST) as answer:  # noqa: S310
            return answer.status, answer.headers.get("content-type", ""), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("content-type", ""), error.read()
    except OSError as error:
        return 502, "text/plain", f"the upstream cannot be reached: {error}".encode()
