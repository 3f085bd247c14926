"""The commands `toolpost upstream …`: servers listed, added, tried, and logged in to."""

from toolpost_upstream.commands.group import group as group
