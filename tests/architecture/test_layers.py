"""Imports, relations and views keep the layers; what import-linter cannot see is checked here."""

import ast
import sys

import pytest
from django.apps import apps
from django.urls import URLPattern, get_resolver
from importlinter.cli import lint_imports

from tests.architecture import tree


def test_import_contracts_hold(monkeypatch, capsys):
    monkeypatch.chdir(tree.ROOT)
    monkeypatch.syspath_prepend(str(tree.ROOT))
    assert lint_imports(cache_dir="var/cache/importlinter", no_logo=True) == 0, capsys.readouterr().out


def _roots(path) -> set[str]:
    """Top-level names a module imports; our own modules in full."""
    names = set()
    for node in ast.walk(tree.parse(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names |= {f"portal.{alias.name}" for alias in node.names} if module == "portal" else {module}
    return {name if name.startswith("portal") else name.split(".")[0] for name in names}


def test_measures_import_only_the_standard_library_and_themselves():
    """The rules run without Django, database and network; traditional characters need one small table (zhconv)."""
    foreign = {
        f"{tree.name(path)}: {name}"
        for path in tree.product()
        if tree.name(path).startswith("portal/measures/")
        for name in _roots(path)
        if not name.startswith("portal.measures") and name not in {*sys.stdlib_module_names, "zhconv"}
    }
    assert not foreign


@pytest.mark.parametrize("label", tree.APPS)
def test_relations_point_down(label):
    rank = {app: number for number, app in enumerate(tree.APPS)}
    upward = [
        f"{field} -> {field.related_model._meta.label}"
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        if rank.get(field.related_model._meta.app_label, -1) > rank[label]
    ]
    assert not upward


def _views(patterns, prefix=""):
    """(route, view) of every page outside Django's admin, which has a gate of its own."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        elif pattern.app_name != "admin":
            yield from _views(pattern.url_patterns, route)


def test_every_page_says_who_may_open_it():
    views = dict(_views(get_resolver().url_patterns))
    assert views
    assert not [route for route, view in views.items() if not getattr(view, "access", ())]
