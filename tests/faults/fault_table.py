"""The declared fault table: what goes wrong x when x on which channel -> what the trainer gets.

`test_bridge_faults.py` plays every cell. `python tests/faults/fault_table.py [--check]` writes the table, and that of
the peers beside it, into docs/bridge.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bridge.md"
PEERS = ROOT / "benchmarks" / "results" / "peer_faults.json"

CRASHED, TIMEOUT, PROTOCOL = "GameCrashedError", "GameTimeoutError", "GameProtocolError"

MOMENTS = ("start", "reset", "step", "close", "idle")
CHANNELS = ("shm", "queue")
"""Ways to a game process; the third "channel" is the one between that and a TorchCraft server."""

SERVER = "server"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: of the function in `fault_game.py`.
        what: for the documentation.
        error: name of the error's type; "" for none.
        text: what the error says, a regular expression.
        is_hang: only the call's deadline ends it.
        remote: type and text of the game's own exception, "" if it has none.
        log: what the tail of its log holds.
    """

    name: str
    what: str
    error: str
    text: str = ""
    is_hang: bool = False
    remote: str = ""
    log: str = ""


def hang(name: str, what: str, text: str = r"no answer to \w+ within .* s; the process is \w+") -> Fault:
    return Fault(name=name, what=what, error=TIMEOUT, text=text, is_hang=True)


FAULTS = (
    Fault(
        name="raises",
        what="its code raises",
        error=CRASHED,
        text="ValueError: boom",
        remote="ValueError: boom",
        log="ValueError: boom",
    ),
    Fault(name="killed", what="killed", error=CRASHED, text="killed by SIGKILL"),
    hang("stopped", "SIGSTOPped", r"no answer to \w+ within .* s; the process is stopped"),
    hang("silent", "silent: awaits what never comes"),
    hang("stuck", "hangs with its event loop blocked"),
    hang("holds_the_lock", "hangs in foreign code that holds the interpreter's lock"),
    Fault(
        name="garbage",
        what="garbage where its answer belongs",
        error=PROTOCOL,
        text="answer 0xdeadbeef to request|a reply that is none|a message of 4294967295 bytes",
    ),
    Fault(
        name="garbage_on_socket",
        what="garbage on the socket beside it",
        error=PROTOCOL,
        text="a message of 4294967295 bytes; allowed: at most",
    ),
    hang("truncated", "half a message, then silence"),
    Fault(name="slow", what="slow, within the deadline", error=""),
    hang("ignores_sigterm", "hangs and ignores SIGTERM"),
    Fault(
        name="dies_in_startup",
        what="dies in start-up",
        error=CRASHED,
        text="exited with status 7",
        log="the map cannot be opened",
    ),
    Fault(name="exits_0", what="exits with status 0", error=CRASHED, text="exited with status 0"),
    Fault(
        name="fills_log",
        what="fills its log (18 MB), then raises",
        error=CRASHED,
        text="ValueError: boom",
        remote="ValueError: boom",
        log="the last line",
    ),
)
NO_ANSWER = r"no answer from tcp://|the TorchCraft server does not listen after"
BAD_REPLY = r"Error parsing (init )?reply: "

SERVER_FAULTS = (
    Fault(
        name="raises",
        what="its code raises",
        error=CRASHED,
        text="the TorchCraft server exited with status 1",
        log="ValueError: boom",
    ),
    Fault(name="killed", what="killed", error=CRASHED, text="the TorchCraft server killed by SIGKILL"),
    hang("stopped", "SIGSTOPped", NO_ANSWER),
    hang("silent", "silent", NO_ANSWER),
    Fault(name="garbage", what="garbage for an answer", error=PROTOCOL, text=BAD_REPLY),
    Fault(name="truncated", what="half an answer", error=PROTOCOL, text=BAD_REPLY),
    Fault(name="slow", what="slow, within the deadline", error=""),
    hang("ignores_sigterm", "hangs and ignores SIGTERM", NO_ANSWER),
    Fault(
        name="dies_in_startup",
        what="dies in start-up",
        error=CRASHED,
        text="the TorchCraft server exited with status 7",
        log="the map cannot be opened",
    ),
    Fault(name="exits_0", what="exits with status 0", error=CRASHED, text="the TorchCraft server exited with status 0"),
    Fault(
        name="fills_log",
        what="fills its log (18 MB), then raises",
        error=CRASHED,
        text="the TorchCraft server exited with status 1",
        log="the last line",
    ),
)
"""What goes wrong with the server that a game process plays on."""

IMPOSSIBLE = {
    ("silent", "idle"): "a game that was asked nothing is silent anyway",
    ("garbage", "start"): "before the first request an answer has no place but the socket: see garbage_on_socket",
}
"""(fault, moment) of a game that cannot exist, with the reason."""

UNASKED = "a server speaks only when it is asked, and an answer that nobody awaits is never read"
SERVER_IMPOSSIBLE = {
    ("silent", "idle"): "a server that was asked nothing is silent anyway",
    ("silent", "close"): "a server that was asked nothing is silent anyway",
    **{(fault, moment): UNASKED for fault in ("garbage", "truncated") for moment in ("start", "idle", "close")},
}
"""The same for the server behind a game."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One place of the table.

    Attributes:
        fault: what goes wrong.
        moment: when.
        channel: how trainer and game talk.
        impossible: why there is nothing to test; "" where there is.
    """

    fault: Fault
    moment: str
    channel: str
    impossible: str = ""

    @property
    def key(self) -> str:
        return f"{self.fault.name}-{self.moment}-{self.channel}"


def cells() -> Iterator[Cell]:
    """Yield the whole product."""
    for fault, moment, channel in itertools.product(FAULTS, MOMENTS, CHANNELS):
        reason = IMPOSSIBLE.get((fault.name, moment), "")
        yield Cell(fault=fault, moment=moment, channel=channel, impossible=reason)
    for fault, moment in itertools.product(SERVER_FAULTS, MOMENTS):
        reason = SERVER_IMPOSSIBLE.get((fault.name, moment), "")
        yield Cell(fault=fault, moment=moment, channel=SERVER, impossible=reason)


FAST = {
    *(f"{fault.name}-step-shm" for fault in FAULTS if fault.name in {also.name for also in SERVER_FAULTS}),
    *("raises-start-shm", "killed-reset-shm", "raises-idle-shm", "killed-idle-queue", "ignores_sigterm-close-shm"),
    *("truncated-step-queue", "garbage-step-queue", "killed-step-server"),
}
"""Played by `make test`; `make faults` plays all."""


# --- documentation -----------------------------------------------------------------------------------------------

WORDS = {CRASHED: "crashed", TIMEOUT: "timeout", PROTOCOL: "protocol", "": "goes on"}


def outcome(fault: Fault, moment: str, reason: str | None, notes: list[str]) -> str:
    """Return a cell's text; reasons of impossible ones are collected as notes."""
    if reason is not None:
        if reason not in notes:
            notes.append(reason)
        return f"– ({notes.index(reason) + 1})"
    if moment == "close":
        return "closed"
    return WORDS[fault.error]


def our_table(faults: tuple[Fault, ...], impossible: dict[tuple[str, str], str]) -> str:
    notes: list[str] = []
    lines = [
        f"| what happens | {' | '.join(MOMENTS)} | the error says |",
        f"|---|{'---|' * len(MOMENTS)}---|",
    ]
    says = {
        r"no answer to \w+ within .* s; the process is \w+": "no answer to step within 30.0 s; the process is sleeping",
        NO_ANSWER: "no answer from tcp://127.0.0.1:11111 in 20 s (a server is there, but silent ...)",
        BAD_REPLY: "Error parsing reply: ...",
    }
    for fault in faults:
        text = says.get(fault.text, fault.text.split("|")[0].replace(r"\w+", "step").replace(".* s", "30.0 s"))
        text = f"`{text}`" if text else ""
        row = " | ".join(outcome(fault, moment, impossible.get((fault.name, moment)), notes) for moment in MOMENTS)
        lines.append(f"| {fault.what} | {row} | {text} |")
    lines += ["", *(f"({number}) {note}." for number, note in enumerate(notes, 1))]
    return "\n".join(lines)


def peers_table() -> str:
    result = json.loads(PEERS.read_text())
    names = result["contestants"]
    lines = [f"| fault | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for fault in result["faults"]:
        row = [result["cells"][fault][name]["text"] for name in names]
        lines.append(f"| {result['faults'][fault]} | {' | '.join(row)} |")
    return "\n".join(lines)


def with_tables(page: str) -> str:
    """Return the page with both tables made anew between their marks."""
    tables = {
        "faults": our_table(FAULTS, IMPOSSIBLE),
        "server faults": our_table(SERVER_FAULTS, SERVER_IMPOSSIBLE),
        "peers": peers_table(),
    }
    for name, table in tables.items():
        begin, end = f"<!-- begin {name}: python tests/faults/fault_table.py -->", f"<!-- end {name} -->"
        head, found, rest = page.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"{PAGE.name}: marks of table {name!r} are missing")
        page = f"{head}{begin}\n{table}\n{end}{tail}"
    return page


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the fault tables into docs/bridge.md.")
    parser.add_argument("--check", action="store_true", help="only say whether they are up to date")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    made = with_tables(page)
    if options.check:
        if made != page:
            sys.stderr.write(f"{PAGE.name}: fault tables are out of date: python tests/faults/fault_table.py\n")
        return int(made != page)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
