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


def asked_of(module: str, name: str) -> frozenset[str] | None:
    """The members that a protocol asks for; None of a class that is none, or cannot be read."""
    found = _class(module, name)
    bases = [ast.unparse(base) for base in found[1].bases] if found else []
    is_plain = len(bases) == 1 and bases[0].rpartition(".")[2] == "Protocol"
    return frozenset(_members(found[1])) if found and is_plain else None


def has_all(module: str, name: str, members: frozenset[str]) -> bool | None:
    """Whether a class has these members; None where its source does not tell all of them."""
    found = _class(module, name)
    if found is None:
        return None
    if members <= frozenset(_members(found[1])):
        return True
    return None if found[1].bases or found[1].keywords else False


def _members(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        match line:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.AnnAssign(target=ast.Name(name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _class(module: str, name: str, steps: int = STEPS) -> tuple[ast.Module, ast.ClassDef, str] | None:
    """A class, followed through the modules that import it from another, and the last of these."""
    tree = parsed(module)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return tree, node, module
    source, own = imports(tree).get(name, ("", ""))
    return _class(source, own, steps - 1) if source and steps else None


def _fields(tree: ast.Module, node: ast.ClassDef, module: str) -> Iterator[Wanted]:
    if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and not _has_default(line):
            source = _source(line.annotation, tree) or _own(line.annotation, tree, module)
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


def _own(annotation: ast.expr, tree: ast.Module, module: str) -> tuple[str, str] | None:
    """A class of the module that holds the plugin's own."""
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    return (module, str(text)) if text in names else None


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
