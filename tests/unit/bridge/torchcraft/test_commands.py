"""Commands as programs write them, and statuses in words."""

import numpy as np
import pytest

from bridge.torchcraft import constants
from bridge.torchcraft.commands import describe_status, parse_commands
from bridge.torchcraft.errors import CommandError
from bridge.torchcraft.messages import Command


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ([5], Command(code=5)),
        ((16, 1, -1), Command(code=16, args=(1, -1))),
        (np.array([16, 1]), Command(code=16, args=(1,))),
        ([np.int64(16), np.int32(7), True], Command(code=16, args=(7, 1))),
        ([25, "héllo 星", 1, 2], Command(code=25, args=(1, 2), str="héllo 星")),
        ([25, "星".encode(), 1], Command(code=25, args=(1,), str="星")),
        ([12, ""], Command(code=12)),
        ([-3, -(1 << 31), (1 << 31) - 1], Command(code=-3, args=(-(1 << 31), (1 << 31) - 1))),
    ],
)
def test_command_is_what_was_written(written, meant):
    assert parse_commands([written]) == (meant,)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ([], "command 1: is empty"),
        ("quit", "'quit': must be a list"),
        (7, "7: must be a list"),
        ([16, 1.0], r"\[16, 1.0\]: 1.0 is no whole number"),
        ([16, None], "None is no whole number"),
        ([16, np.array([1, 2])], "is no whole number"),
        ([16, 1 << 31], "2147483648 has more than 32 bits"),
        ([16, "a", "b"], "'b' is no whole number"),
        ([25, b"\xff"], "is not UTF-8"),
        (["16"], "no whole number"),
    ],
)
def test_wrong_command_is_named(written, text):
    with pytest.raises(CommandError, match=f"command 1.*{text}" if not text.startswith("command") else text):
        parse_commands([[5], written])


def test_text_is_no_list_of_commands():
    with pytest.raises(CommandError, match="must be a list of commands"):
        parse_commands("quit")


def test_each_status_has_words():
    statuses = [status for name, status in constants.COMMAND_STATUS.items() if name != "BWAPI_ERROR_MASK"]
    texts = [describe_status(status) for status in statuses]
    texts += [describe_status(64 + error) for error in constants.BWAPI_ERRORS.values()]

    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if "unknown status" in text]
    assert describe_status(64 | 63) == "the engine refused: unknown reason (127)"
    assert describe_status(-77) == "unknown status (-77)"
