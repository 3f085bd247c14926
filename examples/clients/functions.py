"""Gives the model a function of this program beside toolpost's own tools.

    pip install openai
    python functions.py "Which files lie here, and which of them does the database know?"

toolpost makes the calls of its own tools, and returns those of this program's functions to it.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from openai import OpenAI, OpenAIError

os.environ.setdefault("OPENAI_BASE_URL", "http://127.0.0.1:8765/v1")
os.environ.setdefault("OPENAI_API_KEY", "none")

LIST_FILES: Any = {
    "name": "list_files",
    "description": "List the files in a folder of the user's machine.",
    "parameters": {
        "type": "object",
        "properties": {"folder": {"type": "string", "description": 'A path; "." is the current folder.'}},
        "required": ["folder"],
    },
}


def list_files(folder: str) -> list[str]:
    """The names of the files in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def answered(call: Any) -> dict[str, Any]:
    """The message that answers the model's call; an error is an answer too."""
    try:
        found: object = list_files(**json.loads(call.function.arguments))
    except (OSError, TypeError, ValueError) as error:
        found = {"error": str(error)}
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(found)}


def main(question: str) -> None:
    """Ask until the model wants nothing more of this program."""
    client = OpenAI()
    messages: list[Any] = [{"role": "user", "content": question}]
    while True:
        answer = client.chat.completions.create(
            model="chat.fast",
            messages=messages,
            tools=[{"type": "function", "function": LIST_FILES}],
        )
        message = answer.choices[0].message
        if not message.tool_calls:
            break
        messages += [message, *map(answered, message.tool_calls)]
    print(message.content)


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]) or "Which files lie here?")
    except OpenAIError as error:
        sys.exit(str(error))
