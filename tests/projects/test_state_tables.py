"""Every state machine of the life cycle: an edge moves from its sources only, whoever asks (S1)."""

import pytest

from portal import workflow
from portal.errors import Conflict
from projects import states
from projects.models import (
    AcceptancePackage,
    Application,
    Call,
    ChangeRequest,
    Contract,
    Evidence,
    Objection,
    ProgressReport,
    Project,
    PublicNotice,
    Rectification,
)

TABLES = {
    Call: states.CallState,
    Application: states.ApplicationState,
    PublicNotice: states.NoticeState,
    Objection: states.ObjectionState,
    Contract: states.ContractState,
    Project: states.ProjectState,
    Evidence: states.EvidenceState,
    ProgressReport: states.ReportState,
    ChangeRequest: states.ChangeState,
    AcceptancePackage: states.PackageState,
    Rectification: states.RectificationState,
}
EDGES = [(model, name) for model in TABLES for name in model.TRANSITIONS]


class Row:
    """Stands for a stored row: remembers every update that its table was asked for."""

    def __init__(self, model, state: str):
        self.pk, self.state, self.TRANSITIONS = 1, state, model.TRANSITIONS

    def __str__(self):
        return "行"


class Table:
    """A table of one row that honours the compare-and-set of workflow.move."""

    def __init__(self, row):
        self.row, self.wanted = row, {}

    def filter(self, **wanted):
        self.wanted = wanted
        return self

    def update(self, **_changes) -> int:
        return int(self.row.state in self.wanted["state__in"])

    def values_list(self, *_names, **_options):
        return self

    def first(self):
        return self.row.state


def test_every_state_and_target_is_declared():
    for model, known in TABLES.items():
        for edge in model.TRANSITIONS.values():
            assert {*edge.sources, edge.target} <= set(known.values)
            assert edge.target not in edge.sources


@pytest.mark.parametrize(("model", "name"), EDGES, ids=[f"{m.__name__}.{n}" for m, n in EDGES])
def test_edge_refuses_every_state_but_its_sources(model, name, monkeypatch, db):
    edge = model.TRANSITIONS[name]
    others = [state for state in TABLES[model].values if state not in edge.sources]
    assert others
    for state in others:
        row = Row(model, state)
        double = type("Double", (Row,), {"_base_manager": Table(row), "_meta": model._meta})
        row.__class__ = double
        with pytest.raises(Conflict, match="目前的状态"):
            workflow.move(row, name, by=None)
        assert row.state == state
