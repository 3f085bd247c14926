"""The arguments of the tools, as models read them; which values fit depends on the model that draws."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Prompt = Annotated[
    str,
    Field(description="What the picture shows: subject, setting, style, light, and any words to appear in it."),
]
Change = Annotated[str, Field(description="What to change, and what the finished picture shows.")]
ModelName = Annotated[
    str | None,
    Field(description="A model's name, 'image.best' or 'image.fast'; leave it out unless the person named one."),
]
Size = Annotated[
    str | None,
    Field(
        description="WIDTHxHEIGHT in pixels, such as 1024x1024, 1536x1024 (wide) or 1024x1536 (tall); most models "
        "take others too if both are divisible by 16. 'auto' or nothing leaves it to the model."
    ),
]
Quality = Annotated[
    str | None,
    Field(description="'low' (fast, cheap), 'medium', 'high', for some models 'xhigh' and 'max', or 'auto'."),
]
Style = Annotated[str | None, Field(description="A style in a few words, such as 'vivid', 'natural' or 'woodcut'.")]
Background = Annotated[
    str | None,
    Field(description="'transparent' (as png or webp), 'opaque' or 'auto'."),
]
Format = Annotated[str | None, Field(description="The kind of file: 'png', 'webp' or 'jpeg'.")]
Count = Annotated[int, Field(ge=1, le=10, description="How many pictures; each one costs.")]

PLACES = (
    "an https URL, a data URL, a path in a folder that the person allowed, a handle 'artefact:…', or the URI of a "
    "picture that a tool returned"
)
Source = Annotated[str, Field(description=f"The picture: {PLACES}.")]
SourceToEdit = Annotated[str | None, Field(description=f"The picture to change: {PLACES}.")]
SourcesToEdit = Annotated[
    list[str] | None,
    Field(description="Several pictures to make one of, instead of image; each as in image."),
]
Mask = Annotated[
    str | None,
    Field(description="A PNG as large as the first picture, transparent where that is to change; given as in image."),
]
