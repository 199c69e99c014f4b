"""Seam for the apps above: a revocation rests on failed rectifications, which the projects keep."""

from collections.abc import Callable

# (consortium) -> list of records of rectifications that failed: {"project": facts of official papers, "number": of the
# notice, "ordered_on", "due_on", "rechecked_on": ISO dates, "recheck": text}.
FAILED_RECTIFICATIONS: list[Callable] = []


def failed_rectifications(consortium) -> list[dict]:
    """All records of failed rectifications of a consortium's projects, newest first."""
    return [record for function in FAILED_RECTIFICATIONS for record in function(consortium)]


# (unit, into, by) -> None: move what an app keeps for a merged unit, or raise Refused when the quota would break.
UNIT_MERGES: list[Callable] = []


def unit_merged(unit, into, by) -> None:
    """Let the apps above follow a merge, inside its transaction."""
    for function in UNIT_MERGES:
        function(unit, into, by)
