"""The source tree as the architecture tests see it."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# From the ground up: an app may know only itself and what stands before it.
APPS = ("portal", "consortia", "projects", "funding", "reviews")


@functools.cache
def tracked(suffix: str = "") -> tuple[Path, ...]:
    """Files that git tracks or would track, so that a fault is found before the commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(ROOT / name for name in sorted(set(names)) if name.endswith(suffix) and (ROOT / name).is_file())


def product() -> tuple[Path, ...]:
    """Python files that run in production, without migrations."""
    return tuple(path for path in tracked(".py") if top(path) in APPS and "migrations" not in path.parts)


def top(path: Path) -> str:
    """The first folder of a path below the root."""
    return path.relative_to(ROOT).parts[0]


def name(path: Path) -> str:
    """How a test names a file."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions and methods, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the end, without decorators and docstring."""
    start = function.lineno
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    return function.end_lineno - start + 1 - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)


def public_functions(path: Path) -> list[Function]:
    """The functions a module offers to others."""
    return [node for node in parse(path).body if isinstance(node, Function) and not node.name.startswith("_")]
