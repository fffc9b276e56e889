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
