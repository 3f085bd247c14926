"""The same as `ask.py`, bit by bit, and with what the tools are doing meanwhile.

python ask_streamed.py "Draw a lighthouse at dusk"
"""

import os
import sys

from openai import OpenAI

os.environ.setdefault("OPENAI_BASE_URL", "http://127.0.0.1:8765/v1")
os.environ.setdefault("OPENAI_API_KEY", "none")


def main(question: str) -> None:
    """Print the answer while it comes; the activity of tools goes to stderr."""
    stream = OpenAI().chat.completions.create(
        model="chat.fast",
        messages=[{"role": "user", "content": question}],
        stream=True,
        extra_body={"toolpost": {"activity": True}},
    )
    for chunk in stream:
        if activity := (chunk.model_extra or {}).get("toolpost"):
            print(activity, file=sys.stderr)
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
    print()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "What can you do?")
