"""Server messages made by TorchCraft's own code, and what its client knows after each (`golden_server.zip`)."""

from __future__ import annotations

import functools
import json
import zipfile
from pathlib import Path

ARCHIVE = Path(__file__).parents[1] / "data" / "torchcraft" / "golden_server.zip"

SEQUENCES = ("A_macro", "B_micro")


@functools.cache
def expectation(sequence):
    """Return what `expected.json` says of a sequence: columns, `micro_battles`, and per message the state after it."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        return json.loads(archive.read(f"{sequence}/expected.json"))


@functools.cache
def messages(sequence):
    """Return the messages of a sequence in their order, as bytes."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        return [archive.read(f"{sequence}/{message['file']}") for message in expectation(sequence)["messages"]]


CLIENT_ARCHIVE = ARCHIVE.with_name("golden_client.zip")
"""Requests captured from TorchCraft's own clients, with what they say."""

REPLAY_ARCHIVE = ARCHIVE.with_name("golden_replays.zip")
"""Replay files that TorchCraft's own replayer saved; frame i is that of message i + 1 of A_macro."""


@functools.cache
def client_messages():
    """Return the captured requests as (what is expected, bytes)."""
    with zipfile.ZipFile(CLIENT_ARCHIVE) as archive:
        expected = json.loads(archive.read("expected.json"))["messages"]
        return [(entry, archive.read(entry["file"])) for entry in expected]


@functools.cache
def replays():
    """Return the replay files as {name: bytes}, and what is expected of them."""
    with zipfile.ZipFile(REPLAY_ARCHIVE) as archive:
        expected = json.loads(archive.read("expected.json"))
        return {entry["file"]: archive.read(entry["file"]) for entry in expected["files"]}, expected
