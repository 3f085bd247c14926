"""Asks toolpost's OpenAI-compatible API a question, with OpenAI's own SDK.

    pip install openai
    python ask.py "Which tables does the database have?"

OPENAI_BASE_URL says where toolpost serves (http://127.0.0.1:8765/v1), OPENAI_API_KEY is a token of
`toolpost tokens add`, or anything at all while toolpost asks for none.
"""

import os
import sys

from openai import OpenAI, OpenAIError

os.environ.setdefault("OPENAI_BASE_URL", "http://127.0.0.1:8765/v1")
os.environ.setdefault("OPENAI_API_KEY", "none")


def main(question: str) -> None:
    """Print the answer; the tools that the model called were called by toolpost."""
    answer = OpenAI().chat.completions.create(
        model="chat.fast",
        messages=[{"role": "user", "content": question}],
    )
    print(answer.choices[0].message.content)


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]) or "What can you do?")
    except OpenAIError as error:
        sys.exit(str(error))
