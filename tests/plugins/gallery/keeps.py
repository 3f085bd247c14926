"""A process that keeps pictures and acknowledges each on its stdout; how it is hindered, its second argument says."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import anyio
from conftest import Painter, picture

from toolpost import Artefacts, Host, Reader
from toolpost.store.sqlite import SQLiteStore
from toolpost_gallery import Gallery
from toolpost_pictures import Pictures


async def main(folder: Path, hindrance: str) -> None:
    artefacts = Artefacts(folder / "artefacts")
    gallery = Gallery(SQLiteStore(folder / "store.sqlite3"), artefacts, Pictures(artefacts, Reader()), keep_count=40)
    painter = Painter()
    async with Host([gallery, painter]) as host:
        if hindrance == "full":
            painter.returns(picture())
            await host.call("paint")  # the store is there, and no file may become as large as a picture
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
            painter.returns(picture(400, 400, noise=True))
            result = await host.call("paint")
            print([block.type for block in result.content], result.content[1].text)
            painter.returns(picture())
            print((await host.call("paint")).content[1].text)
            print((await host.read("gallery://list"))[1].text)
            return
        seed = os.getpid()
        while True:
            seed += 1
            painter.returns(picture(120, 120, noise=True, seed=seed if seed % 3 else 0))
            print((await host.call("paint")).content[-1].uri, flush=True)


anyio.run(main, Path(sys.argv[1]), sys.argv[2])
