"""Modules read as text: what they say of themselves, without an import."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path

SECRET_FIELD = re.compile(r"^[ \t]+(\w+)\s*:[^=\n]*\bSecret(?:Str|Bytes)?\b", re.MULTILINE)
# Parsing a module to read its first line takes milliseconds; what is plainer than most docstrings is found without.
PLAIN_DOCSTRING = re.compile(r'\A\ufeff?(?:\s*#[^\n]*\n|\s*\n)*"""([^"\\\n]+)(?:"""|\n)')
HEAD = 4096


def first_line(module: str) -> str:
    """The first line of a module's docstring."""
    source = source_of(module)
    if source is None:
        return ""
    plain = PLAIN_DOCSTRING.match(_read(source, HEAD))
    return plain[1].strip() if plain else (ast.get_docstring(parsed(module)) or "").partition("\n")[0]


def source_of(module: str) -> Path | None:
    """The file of a module, found without importing the packages around it."""
    top, *rest = module.split(".")
    spec = PathFinder.find_spec(top)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    place = origin.parent.joinpath(*rest)
    candidates = (place.with_suffix(".py"), place / "__init__.py") if rest else (origin,)
    return next((path for path in candidates if path.suffix == ".py" and path.is_file()), None)


def parsed(module: str) -> ast.Module:
    """A module's source as a tree; an empty one where there is none, or it is no Python."""
    source = source_of(module)
    try:
        return ast.parse(_read(source)) if source is not None else ast.Module([], [])
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def docstring_of(module: str, function: str, command: str, steps: int = 3) -> str:
    """The first line of what a command says of itself: of the function made into it, else of the one that is named.

    A module may have it from another, and that from a third.
    """
    tree = parsed(module)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    made = [node for node in functions if _is_command(node, command)]
    for node in (*made, *(node for node in functions if node.name == function)):
        if said := ast.get_docstring(node):
            return said.partition("\n")[0]
    source, own = imports(tree).get(function, ("", ""))
    return docstring_of(source, own, command, steps - 1) if source and steps else ""


def imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """The names that a module imports from others, each with its module and its name there."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level and node.module]
    return {alias.asname or alias.name: (str(node.module), alias.name) for node in nodes for alias in node.names}


def _is_command(function: ast.FunctionDef, name: str) -> bool:
    """Whether a decorator such as `@click.group("name")` makes a command of it."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(ast.Attribute(attr="command" | "group"), [ast.Constant(value), *_]):
                if value == name:
                    return True
            case ast.Call(ast.Attribute(attr="command" | "group"), []) if function.name == name:
                return True
    return False


@lru_cache
def secret_fields(package: str) -> frozenset[str]:
    """The fields that are annotated as secrets anywhere in a package."""
    source = source_of(package)
    if source is None:
        return frozenset()
    files = source.parent.rglob("*.py") if source.name == "__init__.py" else [source]
    return frozenset(name for file in files for name in SECRET_FIELD.findall(_read(file)))


def _read(source: Path, characters: int = -1) -> str:
    try:
        with source.open(encoding="utf-8") as file:
            return file.read(characters)
    except (OSError, ValueError):
        return ""
