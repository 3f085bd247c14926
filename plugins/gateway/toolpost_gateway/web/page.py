"""The page for people: its files, as they lie in this package."""

from __future__ import annotations

from pathlib import Path

from toolpost.kit import Page

PLACE = "/chat/page/"
FOLDER = Path(__file__).with_name("page")
PAGE = Page(FOLDER, "A part of the page on which people talk with the model.")
