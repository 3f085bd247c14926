"""Calls that stand in no list, such as a question to a model in a conversation: for those who judge them beforehand.

A plugin that makes such calls has a method `unlisted()`, which gives the tools that they are calls of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from toolpost.plugins.broken import reason
from toolpost.plugins.patience import bounded
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.plugins.registry import Registry

log = logging.getLogger("toolpost.plugins")

# What asks a model in a conversation has this name, whoever asks.
MODEL = "model"


def unlisted(registry: Registry) -> Iterator[Tool]:
    """These tools, each as one of its plugin; a plugin that fails to say so has none."""
    for name, plugin in registry.plugins.items():
        says = getattr(plugin, "unlisted", None)
        if name in registry.broken or not callable(says):
            continue
        try:
            with bounded("naming what is not listed"):
                found = [tool.of(name, registry.versions.get(name, "")) for tool in says()]
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            log.error("plugin %r does not say which calls it makes: %s", name, reason(error, name))
            continue
        yield from found
