"""The code keeps the rules of the house."""

import ast

import pytest

from tests.architecture import tree
from tests.architecture.code_rules import CODE_RULES


@pytest.mark.parametrize("rule", CODE_RULES.values(), ids=CODE_RULES)
def test_code_rule_finds_its_sample(rule):
    """A rule that finds nothing in its own sample would guard nothing."""
    assert len(list(rule.find(ast.parse(rule.sample)))) == 3


@pytest.mark.parametrize("rule", CODE_RULES.values(), ids=CODE_RULES)
def test_product_code_keeps_rule(rule):
    offences = [
        f"{tree.name(path)}:{line}"
        for path in tree.product()
        if not rule.allows(tree.name(path))
        for line in rule.find(tree.parse(path))
    ]
    assert not offences, f"{rule.reason}: {offences}"


def test_modules_say_what_they_are_for():
    silent = [
        tree.name(path) for path in tree.product() if tree.parse(path).body and not ast.get_docstring(tree.parse(path))
    ]
    assert not silent


def _functions() -> list[tuple[str, tree.Function]]:
    files = [path for path in tree.product() if "actions" in path.parts]
    return [(f"{tree.name(path)}:{f.name}", f) for path in files for f in tree.public_functions(path)]


def _actions() -> list[tuple[str, tree.Function]]:
    return [(where, function) for where, function in _functions() if "workflow.action" in _decorators(function)]


def _called(path) -> set[str]:
    calls = [node.func for node in ast.walk(tree.parse(path)) if isinstance(node, ast.Call)]
    return {getattr(function, "attr", getattr(function, "id", "")) for function in calls}


def _decorators(function: tree.Function) -> set[str]:
    calls = (node.func if isinstance(node, ast.Call) else node for node in function.decorator_list)
    return {ast.unparse(node) for node in calls}


def test_actions_take_one_object_then_keywords_and_no_request():
    offences = []
    for where, function in _actions():
        positional = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        if len(positional) > 1 or "request" in {*positional, *(a.arg for a in function.args.kwonlyargs)}:
            offences.append(where)
    assert not offences


def test_only_actions_act_for_somebody():
    """Who takes `by` writes on a person's behalf: an undecorated one is a step that only other actions may call."""
    acting = [(where, f) for where, f in _functions() if "by" in {argument.arg for argument in f.args.kwonlyargs}]
    assert len(acting) > 40
    steps = {function.name for _, function in acting if "workflow.action" not in _decorators(function)}
    callers = [path for path in tree.product() if "actions" not in path.parts]
    assert not [tree.name(path) for path in callers if steps & _called(path)]


def test_actions_say_what_they_do():
    assert not [where for where, function in _actions() if not ast.get_docstring(function)]
