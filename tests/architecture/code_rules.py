"""Rules about source code that no linter knows. Each finds line numbers and has a sample that it must find."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.architecture.tree import functions

# Libraries that take long to load and are needed by few requests.
SLOW_IMPORTS = {"weasyprint", "ortools", "fontTools"}
SIGNAL_MODULES = {"django.dispatch", "django.db.models.signals"}
FORBIDDEN_NAMES = {"mark_safe", "csrf_exempt", "FloatField", "breakpoint"}


@dataclass(frozen=True)
class CodeRule:
    """One rule: why, how to find offences, files that may break it, and a sample that it must find."""

    reason: str
    find: Callable[[ast.Module], Iterator[int]]
    sample: str
    except_in: frozenset[str] = field(default=frozenset())

    def allows(self, name: str) -> bool:
        """Whether the file is one of the exceptions."""
        return any(name == exception or name.endswith("/" + exception) for exception in self.except_in)


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def _sets_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"update", "aupdate"} and any(keyword.arg == "state" for keyword in node.keywords)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
        return isinstance(node.args[1], ast.Constant) and node.args[1].value == "state"
    return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in _targets(node))


def find_state_assignments(tree: ast.Module) -> Iterator[int]:
    """`x.state = …`, `setattr(x, "state", …)` and `.update(state=…)`."""
    return (node.lineno for node in ast.walk(tree) if _sets_state(node))


def find_signals(tree: ast.Module) -> Iterator[int]:
    """Imports of Django's model signals and of the dispatcher."""
    for node in ast.walk(tree):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        if SIGNAL_MODULES.intersection(modules):
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "django.db.models":
            yield from (node.lineno for alias in node.names if alias.name == "signals")


def find_get_model(tree: ast.Module) -> Iterator[int]:
    """`apps.get_model(…)`, a relation that no import shows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "get_model":
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id in {"apps", "django_apps"}:
                yield node.lineno


def find_late_imports(tree: ast.Module) -> Iterator[int]:
    """Imports inside functions, except of libraries that load slowly."""
    for function in functions(tree):
        for node in ast.walk(function):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] not in SLOW_IMPORTS for name in names):
                yield node.lineno


def find_forbidden_names(tree: ast.Module) -> Iterator[int]:
    """Names that have no place in the product, however they are reached."""
    for node in ast.walk(tree):
        found = {getattr(node, "id", None), getattr(node, "attr", None)} & FORBIDDEN_NAMES
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names} & FORBIDDEN_NAMES
        if isinstance(node, ast.Raise) and "NotImplemented" in ast.unparse(node):
            found.add("a stub")
        if found:
            yield node.lineno


def find_prints(tree: ast.Module) -> Iterator[int]:
    """Calls of `print`."""
    return (
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def find_sleeps(tree: ast.Module) -> Iterator[int]:
    """`time.sleep`, also under another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "sleep":
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and any(alias.name == "sleep" for alias in node.names):
            yield node.lineno


CODE_RULES = {
    "state": CodeRule(
        "a state moves along the table only: call workflow.move",
        find_state_assignments,
        "def f(x):\n    x.state = 'a'\n    setattr(x, 'state', 'a')\n    x.objects.update(state='a')\n",
        frozenset({"portal/workflow.py"}),
    ),
    "signals": CodeRule(
        "an action says in plain sight what follows it",
        find_signals,
        "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n"
        "from django.db.models import signals\n",
    ),
    "get_model": CodeRule(
        "a dependency is an import that the layer contracts can see",
        find_get_model,
        "from django.apps import apps\nM = apps.get_model('a.B')\nN = apps.get_model\nK = django_apps.get_model(x)\n",
    ),
    "late imports": CodeRule(
        "imports stand at the top, except of slow libraries",
        find_late_imports,
        "def f():\n    import json\n    from portal import access\n    import weasyprint, csv\n",
        # Django loads models before ready(); importing rules earlier would fail.
        frozenset({"apps.py"}),
    ),
    "forbidden names": CodeRule(
        "unsafe, inexact or unfinished",
        find_forbidden_names,
        "from django.utils.safestring import mark_safe\nx = models.FloatField()\nraise NotImplementedError\n",
    ),
    "print": CodeRule("commands write to self.stdout", find_prints, "print(1)\nprint()\nif x: print(2)\n"),
    "sleep": CodeRule(
        "neither a request nor a task sleeps",
        find_sleeps,
        "import time\ntime.sleep(1)\nfrom time import sleep\nasyncio.sleep(1)\n",
    ),
}
