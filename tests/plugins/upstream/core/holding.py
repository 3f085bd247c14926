"""A host in a process of its own, with a server that does not want to end; prints a line when it stands."""

import sys

import anyio
from hosting import HOSTILE, child, hosting


async def main() -> None:
    server = child(HOSTILE, "stubborn", sys.argv[1], era="handshake")
    async with hosting({"bad": server}) as host:
        assert (await host.call("bad_echo")).text == "ok"
        print("up", flush=True)
        if len(sys.argv) == 2:
            await anyio.sleep_forever()


anyio.run(main)
