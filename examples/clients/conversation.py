"""A conversation with toolpost's `/chat`, streamed, with nothing but Python's standard library.

    python conversation.py

TOOLPOST_URL says where toolpost serves (http://127.0.0.1:8765), TOOLPOST_TOKEN is a token of
`toolpost tokens add`, where it asks for one. An empty line ends.
"""

import json
import os
import sys
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("TOOLPOST_URL", "http://127.0.0.1:8765")
HEADERS = {
    "Content-Type": "application/json",
    "Authorization": f"Bearer {os.environ.get('TOOLPOST_TOKEN', 'none')}",
}


def post(path: str, body: object) -> Any:
    """The response, which is read as it comes."""
    return urlopen(Request(URL + path, json.dumps(body).encode(), HEADERS))  # noqa: S310  # the user's own address


def events(response: Any) -> Iterator[tuple[str, Any]]:
    """Each event of a stream: its name, and what it tells."""
    name = ""
    for line in response:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def say(message: str, session: str | None) -> str | None:
    """Say something and print the answer while it comes; the session in which to go on."""
    said = {"message": message, "stream": True} | ({"session_id": session} if session else {})
    with post("/chat", said) as response:
        for name, told in events(response):
            match name:
                case "session":
                    session = told["session_id"]
                case "text":
                    print(told["text"], end="", flush=True)
                case "tool_began":
                    print(f"· {told['tool']} {told['arguments']}", file=sys.stderr)
                case "approval":
                    yes = input(f"{told['why']}: {told['tool']} {told['arguments']}\nmay it? [y/N] ") == "y"
                    post(f"/chat/approvals/{told['id']}", {"approve": yes}).close()
                case "done" | "error":
                    print(told.get("message", ""))
                    return session
    print("\n(the answer broke off)")
    return session


def main() -> None:
    """Talk until nothing more is said."""
    session = None
    while message := input("> "):
        session = say(message, session)


if __name__ == "__main__":
    try:
        main()
    except HTTPError as error:
        sys.exit(f"{error}: {error.read().decode()}")
    except (OSError, HTTPException) as error:
        sys.exit(f"toolpost at {URL} cannot be reached: {error}")
    except (EOFError, KeyboardInterrupt):
        print()
