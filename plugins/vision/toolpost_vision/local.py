"""What is told of a picture without a model: what can be known for certain, and nothing else."""

from __future__ import annotations

from typing import Any

from toolpost import ToolResult
from toolpost_openai import REPLY
from toolpost_pictures import Picture, Pictures
from toolpost_vision.facts import SCHEMA as FACTS
from toolpost_vision.facts import facts
from toolpost_vision.ocr import Ocr, Text

NOT_INTERPRETED = "so these are measured facts only, and the prompt is not answered"

# As large as text needs to be for OCR, and small enough for it to end.
OCR_BYTES, OCR_SIDE = 10_000_000, 2048

NO_MODEL = {"type": ["string", "null"], "description": "The model that answered; null where none looked."}
REPLY_OR_FACTS: dict[str, Any] = {**REPLY, "properties": {**REPLY["properties"], "model": NO_MODEL, "facts": FACTS}}
"""The JSON Schema of what either a model or this machine says of a picture."""


class Local:
    """Looks at pictures on this machine."""

    def __init__(self, pictures: Pictures, ocr_seconds: float) -> None:
        self._pictures = pictures
        self._ocr = Ocr(ocr_seconds)

    async def look(self, picture: Picture, why: str) -> ToolResult:
        """The facts and the text of a picture; `why` says what no model was asked for."""
        found = await facts(self._pictures, picture)
        text = await self._text(picture)
        answer = "\n".join([found.sentence(), text.sentence(), f"Not interpreted: {why}."])
        structured: dict[str, Any] = {
            "answer": answer,
            "model": None,
            "provider": "toolpost",
            "finish_reason": "stop",
            "usage": None,
            "notes": [why, *([text.note] if text.note else [])],
            "facts": {**found.plain(), "text": text.found},
        }
        usage = {"model": "", "input_tokens": 0, "output_tokens": 0}
        return ToolResult.of(answer, structured=structured, meta={"toolpost/usage": usage})

    async def _text(self, picture: Picture) -> Text:
        if not self._ocr.is_installed:
            return await self._ocr.read(b"")
        small = await self._pictures.fit(picture, OCR_BYTES, OCR_SIDE)
        return await self._ocr.read(small.data)
