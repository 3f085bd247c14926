"""The same as `ask.py`, bit by bit, and with what the tools are doing meanwhile.

python ask_streamed.py "Draw a lighthouse at dusk"
"""

import os
import sys
from typing import Any

from openai import OpenAI, OpenAIError

os.environ.setdefault("OPENAI_BASE_URL", "http://127.0.0.1:8765/v1")
os.environ.setdefault("OPENAI_API_KEY", "none")


def main(question: str) -> None:
    """Print the answer while it comes; the activity of tools goes to stderr."""
    stream = OpenAI().chat.completions.create(
        model="chat.fast",
        messages=[{"role": "user", "content": question}],
        stream=True,
        # Without this a stream holds nothing that OpenAI's would not.
        extra_body={"toolpost": {"activity": True}},
    )
    finished = None
    for chunk in stream:
        tell((chunk.model_extra or {}).get("toolpost"))
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
            finished = choice.finish_reason or finished
    print()
    if finished is None:
        sys.exit("the answer broke off")


def tell(activity: Any) -> None:
    """Print what a tool does."""
    match activity:
        case {"type": "began", "tool": tool, "arguments": arguments}:
            print(f"· {tool} {arguments}", file=sys.stderr)
        case {"type": "ended", "tool": tool, "is_error": failed, "links": links}:
            print(f"· {tool} {'failed' if failed else 'done'}", *links, file=sys.stderr)


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]) or "What can you do?")
    except OpenAIError as error:
        sys.exit(f"\n{error}")
