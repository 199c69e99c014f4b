"""Many rows, one by one, without a statement left open between them."""

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

from django.db.models import Model, QuerySet

BATCH = 200
Row = TypeVar("Row", bound=Model)


def in_batches(rows: QuerySet[Row], size: int = BATCH) -> Iterator[Row]:
    """The rows in the order of the query, `size` (>= 1) fetched at once; their keys are fixed at the first step.

    For loops that write. `QuerySet.iterator()` keeps its statement open, and SQLite refuses a write beside it as soon
    as another process has written: "database is locked", whatever the timeout. Rows that are gone, or no longer match
    the query when their batch is fetched, are left out.
    """
    keys = iter(list(rows.values_list("pk", flat=True)))
    while batch := list(islice(keys, size)):
        found = {row.pk: row for row in rows.filter(pk__in=batch)}
        yield from (found[key] for key in batch if key in found)
