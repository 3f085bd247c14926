"""The endpoints of `/chat/sessions`: each caller's own conversations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from toolpost import Context, UnknownTool
from toolpost_gateway.sessions import Sessions
from toolpost_gateway.sessions.pictures import mime_of
from toolpost_gateway.web.shapes import transcript
from toolpost_gateway.web.shapes.asked import Title
from toolpost_gateway.web.shapes.transcript import About, Exchange, Transcript

Id = Annotated[str, Path(description="The id of a session, as `POST /chat` gave it.")]
HASH = re.compile(r"[0-9a-f]{64}")
# A picture opened by itself is a page of its own origin, which may do nothing.
GUARDED = {
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, max-age=86400, immutable",
    "vary": "authorization",
}


@dataclass(frozen=True)
class Transcripts:
    """Shows, renames and deletes conversations; another's is as if it were not there."""

    sessions: Sessions

    async def listed(self, context: Context) -> transcript.Sessions:
        """List the caller's conversations, the last used first."""
        return transcript.Sessions(sessions=[About.of(head) for head in await self.sessions.list(context.principal)])

    async def show(self, id: Id, context: Context) -> Transcript:
        """Give all that was said in a conversation and is kept."""
        who = context.principal
        head = await self.sessions.get(who, id)
        return Transcript(
            **About.of(head).model_dump(),
            answering=await self.sessions.is_answering(who, id),
            trimmed=bool(head.cut),
            turns=[Exchange.of(record, id) for record in await self.sessions.turns(who, id)],
        )

    async def rename(self, id: Id, title: Title, context: Context) -> About:
        """Give a conversation another title."""
        return About.of(await self.sessions.rename(context.principal, id, title.title))

    async def delete(self, id: Id, context: Context) -> None:
        """Remove a conversation for good, with its pictures; an answer under way ends."""
        await self.sessions.delete(context.principal, id)

    async def picture(self, id: Id, name: str, context: Context) -> Response:
        """Give a picture that the caller put into a conversation."""
        await self.sessions.get(context.principal, id)
        found = HASH.fullmatch(name)
        data = await self.sessions.album(context.principal, id).files.get(f"artefact:{name}") if found else None
        kind = mime_of(data) if data is not None else None
        if kind is None:
            raise UnknownTool("there is no such picture in this session")
        return Response(data, media_type=kind, headers=GUARDED)
