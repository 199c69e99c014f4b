"""The broker in a folder, without half messages: kombu's own shows a file to readers before it is written."""

import time
import uuid
from pathlib import Path

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Messages appear complete or not at all; a worker that read an empty one would end."""

    def _put(self, queue, payload, **kwargs):
        # Readers take files whose name ends in the queue's name and .msg, in the order of their names.
        # Nanoseconds of one width: kombu's milliseconds mixed up what was sent in the same one.
        target = Path(self.data_folder_out) / f"{time.monotonic_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        part = target.with_suffix(".part")
        part.write_text(dumps(payload), encoding="utf-8")
        part.replace(target)


class Transport(filesystem.Transport):
    """Named in `portal.celery` for all addresses filesystem://."""

    Channel = Channel
