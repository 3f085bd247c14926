"""One member of a text of JSON with comments, set or taken out."""

from __future__ import annotations

import json
import re
from typing import Any

from toolpost.connect.jsonc import Value, parse_jsonc


def spliced(text: str, group: str, name: str, entry: Any) -> str:
    """The text with an entry under a group of its outermost object; None takes the entry out.

    Raises:
        ValueError: the text is no object, or cannot be changed without changing more.
    """
    text = text if text.strip() else "{}\n"
    found = parse_jsonc(text)
    wanted = _wanted(found.plain, group, name, entry)
    changed = _changed(text, found, group, name, entry)
    if parse_jsonc(changed).plain != wanted:
        raise ValueError("it cannot be changed without changing more")
    return changed


def _wanted(plain: Any, group: str, name: str, entry: Any) -> Any:
    inside = {key: value for key, value in plain.get(group, {}).items() if key != name or entry is not None}
    if entry is not None:
        inside[name] = entry
    return {**plain, group: inside} if inside or group in plain else plain


def _changed(text: str, found: Value, group: str, name: str, entry: Any) -> str:
    unit = _unit(text)
    if group not in found.members:
        return text if entry is None else _added(text, found, group, {name: entry}, unit, 1)
    servers = found.members[group].value
    if name not in servers.members:
        return text if entry is None else _added(text, servers, name, entry, unit, 2)
    if entry is None:
        return _without(text, servers, name)
    value = servers.members[name].value
    return text[: value.start] + _written(entry, text, unit, 2) + text[value.end :]


def _added(text: str, owner: Value, key: str, value: Any, unit: str, depth: int) -> str:
    """The text with a member after all that stands in an object, its comments included."""
    line = "\r\n" if "\r\n" in text else "\n"
    last = max((member.value.end for member in owner.members.values()), default=None)
    inside = text[owner.start + 1 : owner.end - 1].rstrip()
    end = owner.start + 1 + len(inside)
    member = f"{line}{unit * depth}{json.dumps(key)}: {_written(value, text, unit, depth)}{line}{unit * (depth - 1)}"
    comma = "," if last is not None and not owner.comma else ""
    before = text[:end] if last is None else text[:last] + comma + text[last:end]
    return before + member + text[owner.end - 1 :]


def _without(text: str, owner: Value, name: str) -> str:
    """The text without a member, its comma and its line; comments stay."""
    keys = list(owner.members)
    at = keys.index(name)
    member = owner.members[name]
    start, end = member.start, member.value.end
    if at + 1 < len(keys) or owner.comma:
        end = text.index(",", _past_comments(text, end)) + 1
    elif at:
        # The last one: the comma is the one before it, and what stands between may be a comment.
        comma = text.index(",", _past_comments(text, owner.members[keys[at - 1]].value.end))
        text, start, end = text[:comma] + text[comma + 1 :], start - 1, end - 1
    head = text[:start].rstrip(" \t")
    tail = text[end:]
    if head.endswith("\n") and (blank := re.match(r"[ \t]*\r?\n", tail)):
        tail = tail[blank.end() :]
    return head + tail if head.endswith("\n") else text[:start].rstrip() + tail


def _past_comments(text: str, at: int) -> int:
    """Where spaces and comments after a place end."""
    found = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL).match(text, at)
    return found.end() if found else at


def _written(value: Any, text: str, unit: str, depth: int) -> str:
    written = json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{unit * depth}")
    return written.replace("\n", "\r\n") if "\r\n" in text else written


def _unit(text: str) -> str:
    """What the text is indented by."""
    found = re.search(r"^([ \t]+)\"", text, re.MULTILINE)
    return found[1] if found else "  "
