"""A clock that the demo can set, so that the real actions make a believable past."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone

from projects.queries import clock


class Clock:
    """The moment that the portal takes for now while the story runs."""

    moment: datetime

    def now(self) -> datetime:
        """The set moment; stands in for timezone.now and for the clock of the database."""
        return self.moment


@contextmanager
def travelling() -> Iterator[Clock]:
    """Put a settable clock in place of the real ones, and take it away again."""
    own = Clock()
    own.moment = timezone.now()
    original, database = timezone.now, clock.database_now
    # Modules that imported the function by name hold it themselves.
    holders = [module for module in list(sys.modules.values()) if getattr(module, "database_now", None) is database]
    timezone.now = own.now
    for module in holders:
        module.database_now = own.now
    try:
        yield own
    finally:
        timezone.now = original
        for module in holders:
            module.database_now = database
