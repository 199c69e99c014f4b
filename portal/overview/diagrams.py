"""Pictures of the state tables and of the layers, written into docs/architecture.md from what the code says."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import Model

from portal.states import Transition

APPS = ("portal", "consortia", "projects", "funding", "reviews")
_MARK = "<!-- generated: {name} -->\n{text}\n<!-- end: {name} -->"


def stateful_models() -> list[type[Model]]:
    """Every model with a table of transitions, bottom app first."""
    return [model for label in APPS for model in apps.get_app_config(label).get_models() if _table(model)]


def _table(model: type[Model]) -> dict[str, Transition]:
    return getattr(model, "TRANSITIONS", {})


def state_section(model: type[Model]) -> str:
    """Heading, diagram and table of one model's states."""
    lines = [f"### {model._meta.label} ({model._meta.verbose_name})", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {line}" for line in _diagram(model)]
    lines += ["```", "", "| edge | from | to | permission | article |", "|---|---|---|---|---|"]
    lines += [_row(name, edge) for name, edge in _table(model).items()]
    return "\n".join(lines)


def _diagram(model: type[Model]) -> Iterator[str]:
    labels = dict(model._meta.get_field("state").flatchoices)
    used = {state for edge in _table(model).values() for state in (*edge.sources, edge.target)}
    yield from (f'state "{label}" as {state}' for state, label in labels.items() if state in used)
    yield f"[*] --> {model._meta.get_field('state').get_default()}"
    for edge in _table(model).values():
        yield from (f"{source} --> {edge.target}: {edge.label}" for source in labels if source in edge.sources)
    left = {state for edge in _table(model).values() for state in edge.sources if state != edge.target}
    yield from (f"{state} --> [*]" for state in labels if state in used and state not in left)


def _row(name: str, edge: Transition) -> str:
    sources = ", ".join(sorted(edge.sources))
    return f"| `{name}` | {sources} | {edge.target} | `{edge.perm}` | {edge.article or '-'} |"


def layer_section(root: Path) -> str:
    """The two layer contracts of pyproject.toml as pictures: between apps, and inside an app."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = {contract["id"]: contract["layers"] for contract in contracts if contract["type"] == "layers"}
    between = ["portal.urls, portal.overview, portal.management", *layers["apps"], "portal", "portal.measures"]
    inside = [re.sub(r"[()]", "", layer).replace(" : ", ", ") for layer in layers["inside"]]
    return f"Between apps:\n\n{_chain(between)}\n\nInside an app:\n\n{_chain(inside)}"


def _chain(names: list[str]) -> str:
    boxes = [f'    n{number}["{name}"]' for number, name in enumerate(names)]
    arrows = " --> ".join(f"n{number}" for number in range(len(names)))
    return "\n".join(["```mermaid", "flowchart TD", *boxes, f"    {arrows}", "```"])


def updated(text: str, root: Path) -> str:
    """The document with its generated parts written anew; raises ValueError when a pair of markers is missing."""
    parts = {
        "layers": layer_section(root),
        "states": "\n\n".join(state_section(model) for model in stateful_models()),
    }
    for name, part in parts.items():
        pattern = re.compile(rf"<!-- generated: {name} -->.*?<!-- end: {name} -->", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"docs/architecture.md has no part between the markers “{name}”")
        marked = _MARK.format(name=name, text=part)
        text = pattern.sub(lambda _, marked=marked: marked, text)
    return text
