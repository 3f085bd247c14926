"""What a plugin's class must be given, read from its source as text: what cannot be told so is left out."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from toolpost.plugins.sources import imports, parsed

# Names of these modules are values that a file can hold.
PLAIN = frozenset({"typing", "typing_extensions", "pathlib", "pydantic", "datetime", "collections.abc", "decimal"})
# How many modules may hand a class on.
STEPS = 4


@dataclass(frozen=True)
class Wanted:
    """A field without a default: of a class of `module`, or, where that is empty, a setting."""

    field: str
    module: str = ""
    cls: str = ""


def wanted(module: str, name: str) -> list[Wanted]:
    """The fields without which a plugin's class cannot be built, as far as its source tells."""
    found = _class(module, name)
    return [*_fields(*found)] if found is not None else []


def _class(module: str, name: str, steps: int = STEPS) -> tuple[ast.Module, ast.ClassDef] | None:
    """A class, followed through the modules that import it from another."""
    tree = parsed(module)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return tree, node
    source, own = imports(tree).get(name, ("", ""))
    return _class(source, own, steps - 1) if source and steps else None


def _fields(tree: ast.Module, node: ast.ClassDef) -> Iterator[Wanted]:
    if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and not _has_default(line):
            source = _source(line.annotation, tree)
            if source is not None:
                yield Wanted(line.target.id, *source)


def _has_default(line: ast.AnnAssign) -> bool:
    match line.value:
        case None:
            return "ClassVar" in ast.unparse(line.annotation)
        case ast.Call(ast.Name("field"), keywords=keywords):
            return any(keyword.arg in ("default", "default_factory", "init") for keyword in keywords)
    return True


def _source(annotation: ast.expr, tree: ast.Module) -> tuple[str, str] | None:
    """Where the class of a field is from; two empty texts for a setting, None where that cannot be told."""
    match annotation:
        case ast.Subscript(value):
            return ("", "") if _source(value, tree) == ("", "") else None
        case ast.Constant(str(text)):
            return _source(ast.parse(text, mode="eval").body, tree)
        case ast.Name(name):
            return _named(name, tree)
    return None


def _named(name: str, tree: ast.Module) -> tuple[str, str] | None:
    source = imports(tree).get(name)
    if source is not None:
        return ("", "") if source[0] in PLAIN else source
    if hasattr(builtins, name):
        return "", ""
    aliases = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets)
    )
    return next((_source(value, tree) for value in aliases), None)
