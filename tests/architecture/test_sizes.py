"""Small things are read whole: limits on files, functions, views and templates."""

import statistics

import pytest

from tests.architecture import tree


def _lines(path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _long_functions(paths, limit: int) -> list[str]:
    return [
        f"{tree.name(path)}:{function.name} has {tree.length(function)} lines"
        for path in paths
        for function in tree.functions(tree.parse(path))
        if tree.length(function) > limit
    ]


def _layer(*names: str) -> list:
    """Product files of a layer, be it one module or a folder of them."""
    return [path for path in tree.product() if set(names) & {path.stem, *path.parts}]


def test_files_have_at_most_400_lines():
    paths = [path for path in tree.tracked(".py") if "migrations" not in path.parts]
    assert not {tree.name(path): _lines(path) for path in paths if _lines(path) > 400}


def test_functions_have_at_most_40_lines():
    tests = [path for path in tree.tracked(".py") if path.name.startswith("test_")]
    assert not _long_functions((*tree.product(), *tests), 40)


def test_views_and_tasks_have_at_most_15_lines():
    assert not _long_functions(_layer("views", "tasks"), 15)


def test_median_function_has_at_most_10_lines():
    lengths = [tree.length(function) for path in tree.product() for function in tree.functions(tree.parse(path))]
    assert statistics.median(lengths) <= 10


@pytest.mark.parametrize(("pattern", "limit"), [("", 150), ("templates/base.html", 80)])
def test_templates_are_short(pattern, limit):
    long = {tree.name(p): _lines(p) for p in tree.tracked(".html") if pattern in tree.name(p) and _lines(p) > limit}
    assert not long
