"""The broker in a folder: no reader meets half a message."""

from pathlib import Path

import pytest
from kombu import Connection

from portal.broker import Channel


@pytest.fixture
def connection(tmp_path):
    folders = {name: str(tmp_path / "queue") for name in ("data_folder_in", "data_folder_out")}
    folders |= {"processed_folder": str(tmp_path / "done"), "control_folder": str(tmp_path / "control")}
    for folder in folders.values():
        Path(folder).mkdir(exist_ok=True)
    with Connection("filesystem://", transport_options=folders) as connection:
        yield connection


def test_messages_come_back_in_order(connection):
    queue = connection.SimpleQueue("orders")
    for number in range(3):
        queue.put({"number": number})
    assert [queue.get(timeout=1).payload["number"] for _ in range(3)] == [0, 1, 2]


def test_a_message_is_whole_before_it_has_a_name_that_readers_look_for(connection, monkeypatch):
    seen = []
    rename = Path.replace

    def watch(part, target):
        seen.append((part.read_text(encoding="utf-8")[-1], sorted(p.suffix for p in part.parent.iterdir())))
        return rename(part, target)

    monkeypatch.setattr(Path, "replace", watch)
    connection.SimpleQueue("whole").put({"number": 1})
    assert seen == [("}", [".part"])]


def test_addresses_of_folders_lead_to_our_transport(connection):
    assert isinstance(connection.default_channel, Channel)
