"""The page for people: its files, as they lie in this package."""

from __future__ import annotations

from pathlib import Path

from toolpost.kit import Page

PAGE = Page(Path(__file__).with_name("page"), "A part of the page on which people see their pictures.")
