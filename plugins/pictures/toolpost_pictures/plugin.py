"""The plugin: pictures by URL, path, handle or resource, for the tools that look at them."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import anyio
import anyio.to_thread
from pydantic import Field

from toolpost import Artefacts, Context, InvalidArguments, Reader, UnknownTool, hookimpl
from toolpost_pictures.memory import Limits
from toolpost_pictures.picture import Picture

if TYPE_CHECKING:
    from toolpost_pictures.fetch import Fetcher

log = logging.getLogger("toolpost.pictures")

Result = TypeVar("Result")

# Two letters at least: one is a drive of Windows.
SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)
OWN_SCHEMES = ("https", "http", "data", "artefact", "file")
SOURCES = (
    "name a picture by an https URL, a data URL, a path in an allowed folder, a handle (artefact:…) "
    "or the URI of a resource of this host"
)
DECODED_AT_ONCE = 2
LOADED_AT_ONCE = 8


@dataclass
class Pictures:
    """Reads pictures safely, from wherever a caller may name them; other plugins ask it, it has no tools."""

    artefacts: Artefacts
    reader: Reader
    folders: list[Path] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    allow_http: bool = False
    ca_file: Path | None = None
    max_bytes: Annotated[int, Field(ge=1)] = 50_000_000
    max_pixels: Annotated[int, Field(ge=1, le=80_000_000)] = 25_000_000
    max_memory: Annotated[int, Field(ge=10_000_000)] = 80_000_000
    timeout: Annotated[float, Field(gt=0)] = 20.0
    max_redirects: Annotated[int, Field(ge=0, le=10)] = 3
    _fetcher: Fetcher | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.folders = [folder.expanduser() for folder in self.folders]
        if not all(folder.is_absolute() for folder in self.folders):
            raise ValueError("folders must be absolute paths, such as '/home/ann/pictures'")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise ValueError(f"ca_file {self.ca_file} is not there; name a PEM file, or leave it out")
        # Memory is what they bound: each picture takes up to `max_memory`.
        self._limits = Limits(self.max_pixels, self.max_memory)
        self._decoding = anyio.CapacityLimiter(DECODED_AT_ONCE)
        self._loading = anyio.CapacityLimiter(LOADED_AT_ONCE)

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Tell the operator of folders that are not there, since callers are not told."""
        for folder in self.folders:
            if not await anyio.Path(folder).is_dir():
                log.warning("no folder %s, from which pictures may be read", folder)
        yield

    async def load(self, source: str, context: Context) -> Picture:
        """The picture that a caller named.

        Raises:
            InvalidArguments: it cannot be had, is none, or is larger than allowed.
        """
        found = SCHEME.match(source)
        scheme = found[1].lower() if found else "file"
        if scheme not in OWN_SCHEMES:
            # Outside the limit: a resource may itself load pictures, and would wait for itself.
            return await self._whole(await self._resource(source, context))
        async with self._loading:
            return await self._whole(await self._bytes(scheme, source))

    async def inspect(self, data: bytes) -> Picture:
        """The picture in the bytes of a file, decoded once to see that it is whole.

        Raises:
            InvalidArguments: it is no PNG, JPEG, WebP or GIF, is damaged, or has too many pixels.
        """
        from toolpost_pictures.decode import inspect

        return await self._in_thread(partial(inspect, data, self._limits))

    async def fit(self, picture: Picture, max_bytes: int, max_side: int = 1568) -> Picture:
        """A preview: a PNG, a JPEG or, if it is transparent, a WebP of at most `max_bytes` (before base64).

        Raises:
            InvalidArguments: not even a tiny one fits.
        """
        from toolpost_pictures.encode import fit

        return await self._in_thread(partial(fit, picture, max_bytes, max_side, self._limits))

    async def convert(self, picture: Picture, mime_type: str) -> Picture:
        """The picture at full size as another type, upright and without metadata.

        Raises:
            InvalidArguments: the type is none of the four, or cannot hold the picture.
        """
        from toolpost_pictures.encode import convert

        return await self._in_thread(partial(convert, picture, mime_type, self._limits))

    async def _bytes(self, scheme: str, source: str) -> bytes:
        from toolpost_pictures import files, inline

        match scheme:
            case "https" | "http":
                return await (await self._web()).fetch(source)
            case "data":
                return await anyio.to_thread.run_sync(inline.decode, source, self.max_bytes)
            case "artefact":
                return await self._artefact(source)
        path = files.path_of(source) if SCHEME.match(source) else source
        return await anyio.to_thread.run_sync(files.read, path, self.folders, self.max_bytes)

    async def _whole(self, data: bytes) -> Picture:
        if len(data) > self.max_bytes:
            raise InvalidArguments(f"the picture is larger than {self.max_bytes} bytes; name a smaller one")
        return await self.inspect(data)

    async def _artefact(self, handle: str) -> bytes:
        data = await self.artefacts.get(handle)
        if data is None:
            raise InvalidArguments("there is no picture of that handle any more; make or load it again")
        return data

    async def _resource(self, uri: str, context: Context) -> bytes:
        from toolpost_pictures.inline import picture_in

        try:
            result = await self.reader.read(uri, context)
        except UnknownTool:
            raise InvalidArguments(f"nothing of that URI is here; {SOURCES}") from None
        return await anyio.to_thread.run_sync(picture_in, result, self.max_bytes)

    async def _web(self) -> Fetcher:
        """Made at the first URL: reading the certificates of the system takes a while."""
        from toolpost_pictures.fetch import Fetcher, trust

        if self._fetcher is None:
            self._fetcher = Fetcher(
                await trust(self.ca_file),
                max_bytes=self.max_bytes,
                seconds=self.timeout,
                max_redirects=self.max_redirects,
                hosts=self.hosts,
                allow_http=self.allow_http,
            )
        return self._fetcher

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        from toolpost_pictures.heap import swept

        return await anyio.to_thread.run_sync(swept, work, limiter=self._decoding)
