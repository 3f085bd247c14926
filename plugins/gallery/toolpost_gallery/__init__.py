"""Keeps every picture that any tool returns, shows a preview that fits the client, and gives back the original."""

from toolpost_gallery.plugin import Gallery as Gallery
