"""A provider that does nothing but speak: Chat Completions, at once or in pieces, for the bench of the gateway.

`python bench/provider.py PORT [--chunks 50] [--every 0.0]`: so many pieces of text, and the seconds between two.
One thread, no framework, so that what is measured beside it is not it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: "
TEXT = "word "


def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "stub", "choices": [choice]}
    return b"data: " + json.dumps(whole).encode() + b"\n\n"


def framed(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


class Provider:
    """Answers each request with the same text."""

    def __init__(self, chunks: int, every: float) -> None:
        self.chunks, self.every = chunks, every
        self.first, self.piece, self.last = chunk({"role": "assistant"}), chunk({"content": TEXT}), chunk({}, "stop")
        usage = {"prompt_tokens": 5, "completion_tokens": chunks, "total_tokens": chunks + 5}
        message = {"role": "assistant", "content": TEXT * chunks}
        answer = {"id": "c", "object": "chat.completion", "created": 0, "model": "stub", "usage": usage}
        self.whole = json.dumps({**answer, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                await self.answer(writer, head, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET"):
            self.plain(writer, '{"object":"list","data":[{"id":"stub","object":"model","created":0,"owned_by":"x"}]}')
        elif b'"stream":true' in body.replace(b" ", b""):
            writer.write(HEAD + b"text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + framed(self.first))
            for _ in range(self.chunks):
                writer.write(framed(self.piece))
                await (asyncio.sleep(self.every) if self.every else writer.drain())
            writer.write(framed(self.last) + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        else:
            self.plain(writer, self.whole)
        await writer.drain()

    def plain(self, writer: asyncio.StreamWriter, text: str) -> None:
        writer.write(HEAD + b"application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(text), text.encode()))


async def main(port: int, provider: Provider) -> None:
    async with await asyncio.start_server(provider.serve, "127.0.0.1", port, limit=2**24, backlog=1000) as server:
        print("serving", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--every", type=float, default=0.0)
    given = parser.parse_args()
    asyncio.run(main(given.port, Provider(given.chunks, given.every)))
