"""What plugins of llm have registered."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import llm
from llm import plugins

from toolpost_llm_tools.boxes import Boxes
from toolpost_llm_tools.called import Function, Method

log = logging.getLogger("toolpost.llm_tools")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def functions(distributions: Sequence[str]) -> Iterator[Function]:
    """The tools that are functions by themselves."""
    for name, found in _registered(distributions).items():
        if isinstance(found, llm.Tool) and found.implementation is not None and _has_a_name(name):
            yield Function(name, found)


def toolboxes(
    distributions: Sequence[str], arguments: Mapping[str, Mapping[str, Any]], callers: int
) -> Iterator[Method]:
    """The tools in toolboxes; one that needs arguments and has none is named in the log.

    Raises:
        ValueError: there are arguments for no toolbox, or for one that does not take them.
    """
    found: dict[str, Any] = {name: one for name, one in _registered(distributions).items() if inspect.isclass(one)}
    if unknown := sorted(set(arguments) - set(found)):
        raise ValueError(f"toolboxes: llm has no toolbox {unknown[0]!r}; it has {', '.join(sorted(found)) or 'none'}")
    for name, cls in found.items():
        given = arguments.get(name, {})
        if missing := _missing(cls, given):
            log.warning("toolbox %s of llm needs %s; name it in [plugins.llm_tools.toolboxes]", name, missing)
            continue
        boxes = Boxes(cls, dict(given), callers)
        yield from (Method(tool.name, tool, boxes) for tool in boxes.tools() if _has_a_name(tool.name))


def _registered(distributions: Sequence[str]) -> Mapping[str, Any]:
    if distributions:
        # What llm itself reads from the environment, as it is imported.
        plugins.LLM_LOAD_PLUGINS = ",".join(distributions)
    found: Mapping[str, Any] = llm.get_tools()
    return found


def _missing(cls: type, given: Mapping[str, Any]) -> str:
    """The first parameter that has no default and is not given."""
    try:
        inspect.signature(cls).bind(**given)
    except TypeError as error:
        if "missing" not in str(error):
            raise ValueError(f"toolbox {cls.__name__}: {error}") from None
        return str(error).partition(": ")[2] or str(error)
    return ""


def _has_a_name(name: str) -> bool:
    if NAME.fullmatch(name):
        return True
    log.warning("tool %r of llm is left out: a name is 1 to 64 letters, digits, '_', '-' and '.'", name[:64])
    return False
