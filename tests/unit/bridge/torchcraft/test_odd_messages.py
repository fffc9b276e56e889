"""Odd server messages: what crashes TorchCraft's client is refused or read as empty here, and the client goes on.

The cases, and what the original does with each, are those of its recorded robustness table.
"""

import logging
import random

import numpy as np
import pytest
import torchcraft_odd as odd
from torchcraft_golden import SEQUENCES, expectation, messages

from bridge.torchcraft import codec
from bridge.torchcraft.conversation import Conversation
from bridge.torchcraft.errors import BadReplyError, TorchCraftError
from bridge.torchcraft.messages import HandshakeServer, StateUpdate, WireFrame

HELLO = codec.encode(HandshakeServer(map_size=(64, 64)))

WHOLE = odd.state_update(odd.frame())

EVERYONE = {0: [(3, 10), (1, 10)], 1: [(2, 10)]}

THEIRS = {1: EVERYONE[1]}
"""Stale: protocol 30 keeps the units of a player who is missing from a frame."""

MOVED = {0: [(1, 15), (3, 15)], 1: [(2, 15)]}

REFUSED = None
"""What should become of a message that is not taken in."""


def diff(**changes):
    return odd.state_update(odd.difference(**changes), odd.FRAME_DIFF)


def whole(**changes):
    return odd.state_update(odd.frame(**changes))


def units(*rows):
    return ("tables", [odd.of_player(player, made) for player, made in rows])


def only_units(found):
    return odd.state_update({**odd.frame(), 0: found})


CRASHES = {
    # case: (message, what this client makes of it: units by player, or REFUSED)
    "Frame: no units": (whole(s0=None), EVERYONE),
    "Frame: no actions": (whole(s1=None), EVERYONE),
    "Frame: no resources": (whole(s2=None), EVERYONE),
    "Frame: no bullets": (whole(s3=None), EVERYONE),
    "Frame: no creep_map": (whole(s4=None), EVERYONE),
    "UnitsOfPlayer without units": (only_units(("tables", [{0: ("int", 0)}])), {0: [], **THEIRS}),
    "Unit without orders": (only_units(units((0, [odd.unit(1, s27=None)]))), {0: [(1, 10)], **THEIRS}),
    "Unit without command": (only_units(units((0, [odd.unit(1, s28=None)]))), {0: [(1, 10)], **THEIRS}),
    "ResourcesOfPlayer without resources": (whole(s2=("tables", [{0: ("int", 0)}])), EVERYONE),
    "ActionsOfPlayer without actions": (whole(s1=("tables", [{0: ("int", 0)}])), EVERYONE),
    "Action without action vector": (
        whole(s1=("tables", [{0: ("int", 0), 1: ("tables", [{1: ("int", 1)}])}])),
        EVERYONE,
    ),
    "FrameDiff: no pids": (diff(s0=None), {0: EVERYONE[0], 1: EVERYONE[1]}),
    "FrameDiff: no unitDiffContainers": (diff(s1=None), REFUSED),
    "FrameDiff: no actions": (diff(s2=None), MOVED),
    "FrameDiff: no resources": (diff(s3=None), MOVED),
    "FrameDiff: no bullets": (diff(s4=None), MOVED),
    "FrameDiff: no creep_map": (diff(s5=None), MOVED),
    "UnitDiff: no var_ids": (diff(one=[odd.unit_diff(2, s1=None)]), REFUSED),
    "UnitDiff: no var_diffs": (diff(one=[odd.unit_diff(2, s2=None)]), {0: MOVED[0], 1: [(2, 10)]}),
    "UnitDiff: no order_ids": (diff(one=[odd.unit_diff(2, s3=None)]), MOVED),
    "UnitDiff: no order_diffs": (diff(one=[odd.unit_diff(2, s4=None)]), MOVED),
    "UnitDiffContainer without units": (diff(s1=("tables", [{}, {}])), {0: [], 1: []}),
    "FrameDiff: 2 pids, 1 container": (diff(s1=("tables", [{0: ("tables", [])}])), REFUSED),
    "UnitDiff: order id beyond order_size": (
        diff(one=[odd.unit_diff(2, s3=("ints", [7]), s4=("ints", [1]))]),
        REFUSED,
    ),
    "creep index far out of range": (diff(s5=("structs", [(100_000_000, 1)])), REFUSED),
}

ACCEPTED = {
    "Frame: no width": (whole(s5=None), EVERYONE),
    "Frame: no height": (whole(s6=None), EVERYONE),
    "no resources entry for own player": (whole(s2=("tables", [])), EVERYONE),
    "StateUpdate: no data": (odd.write(odd.STATE_UPDATE, {2: ("ints", [])}), EVERYONE),
    "StateUpdate: completely empty": (odd.write(odd.STATE_UPDATE, {}), EVERYONE),
    "StateUpdate: deaths absent": (odd.write(odd.STATE_UPDATE, {0: ("byte", 1), 1: ("table", odd.frame())}), EVERYONE),
    "FrameDiff: 1 pid, 2 containers": (diff(pids=[0]), {0: MOVED[0], 1: EVERYONE[1]}),
    "UnitDiff: var_ids longer than var_diffs": (
        diff(one=[odd.unit_diff(2, var_ids=(0, 1), var_diffs=(5,))]),
        MOVED,
    ),
    "UnitDiff: var ids 10 and 99": (diff(one=[odd.unit_diff(2, (10, 99, 0), (1, 1, 5))]), MOVED),
    "UnitDiffs in descending id order": (
        diff(zero=[odd.unit_diff(3), odd.unit_diff(1)]),
        {0: [(3, 15), (1, 5)], 1: MOVED[1]},
    ),
    "UnitDiff for an id not seen before": (diff(one=[odd.unit_diff(9)]), {0: MOVED[0], 1: [(9, 5)]}),
    "EndGame without data": (odd.write(odd.END_GAME, {2: ("byte", 1)}), EVERYONE),
    "message padded with zero bytes": (WHOLE + bytes(100), EVERYONE),
}

RAISES = {
    "Message without msg": odd.write(odd.STATE_UPDATE, None),
    "Message without anything": odd.write(None, None),
    "junk bytes": b"junkjunkjunk",
    "zero-length reply": b"",
    "truncated by 8 bytes": WHOLE[:-8],
    "server sends Commands": odd.write(2, {0: ("tables", [])}),
    "server sends HandshakeClient": odd.write(1, {0: ("int", 30)}),
    "UnitDiff: order_size -1": diff(one=[odd.unit_diff(2, order_size=-1)]),
}


def talk(*said):
    conversation = Conversation()
    conversation.hear_handshake(HELLO, micro_battles=False, only_consider_types=())
    for data in said:
        conversation.hear(data)
    return conversation


def shown(conversation):
    return {player: [(unit.id, unit.x) for unit in mine] for player, mine in conversation.state.units.items()}


@pytest.mark.parametrize("case", [*CRASHES, *ACCEPTED])
def test_odd_message_is_refused_or_read_and_the_client_goes_on(case):
    message, wanted = {**CRASHES, **ACCEPTED}[case]
    conversation = talk(WHOLE)

    if wanted is REFUSED:
        with pytest.raises(BadReplyError, match="Error parsing reply"):
            conversation.hear(message)
        assert shown(conversation) == EVERYONE
    else:
        conversation.hear(message)
        assert shown(conversation) == wanted
        look_at_everything(conversation.state)

    conversation.hear(WHOLE)
    assert shown(conversation) == EVERYONE


@pytest.mark.parametrize("case", RAISES)
def test_what_is_no_message_raises_and_the_client_goes_on(case):
    conversation = talk(WHOLE)

    with pytest.raises(BadReplyError):
        conversation.hear(RAISES[case])

    assert shown(conversation) == EVERYONE
    conversation.hear(WHOLE)
    conversation.hear(diff())
    assert shown(conversation) == MOVED


def test_message_that_ends_within_a_vector_of_bytes_is_refused():
    message = odd.write(odd.STATE_UPDATE, {8: ("bytes", bytes(range(1, 8)))})
    assert message.endswith(b"\x06\x07\x00")
    cuts = [message[:end] for end in range(1, len(message) - 1)]

    for data in cuts:
        conversation = talk(WHOLE)
        with pytest.raises(BadReplyError):
            conversation.hear(data)


def test_difference_as_the_first_state_applies_to_an_empty_frame():
    conversation = talk(diff())

    assert shown(conversation) == {0: [(1, 5), (3, 5)], 1: [(2, 5)]}


def test_creep_of_a_difference_needs_a_frame():
    conversation = talk()

    with pytest.raises(BadReplyError):
        conversation.hear(diff(s5=("structs", [(3, 1)])))

    assert shown(conversation) == {}


def test_sizes_that_claim_less_than_nothing_are_dropped(caplog):
    with caplog.at_level(logging.WARNING):
        state = talk(
            codec.encode(
                StateUpdate(
                    visibility=np.ones(6, np.uint8),
                    visibility_size=(-2, -3),
                    img_data=np.ones(24, np.uint8),
                    img_size=(-2, -3),
                )
            )
        ).state

    assert (state.visibility_size, state.image_size, state.image_planes.shape) == ((0, 0), (0, 0), (3, 0, 0))


def test_frame_of_absurd_size_has_no_creep_map_but_everything_else():
    shown_frame = talk(whole(s5=("int", 1 << 30), s6=("int", 1 << 30))).state.frame

    assert len(shown_frame.units[0]) == 2
    with pytest.raises(ValueError, match="1073741824 x 1073741824 walk tiles"):
        shown_frame.creep_map()


# -------------------------------------------------------------------------------------------------------------- fuzz


def damaged(data, rng, others):
    """Return bytes with something wrong: bits, whole numbers, the end, or a part of another message."""
    raw = bytearray(data)
    kind = rng.randrange(5)
    if kind == 0:
        for _ in range(rng.choice((1, 1, 2, 8))):
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        at = rng.randrange(0, max(1, len(raw) - 4), 4)
        value = rng.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(raw), rng.getrandbits(32)))
        raw[at : at + 4] = value.to_bytes(4, "little")
    elif kind == 2:
        del raw[rng.randrange(len(raw)) :]
    elif kind == 3:
        other = rng.choice(others)
        at, start = rng.randrange(len(raw)), rng.randrange(len(other))
        part = other[start : start + rng.choice((4, 16, 64))]
        raw[at : at + len(part)] = part
    else:
        at = rng.randrange(min(64, len(raw)))  # the root and its vtables: most of what matters lies there
        raw[at] = rng.randrange(256)
    return bytes(raw)


def look_at_everything(state):
    """Touch what a script may touch."""
    for mine in state.units.values():
        for unit in mine[:3]:
            assert isinstance(unit.x, int)
            assert len(unit.orders) < 1 << 21
    assert state.image_planes.ndim == 3
    assert isinstance(state.aliveUnits, dict)
    assert isinstance(state.frame.resources, dict)
    assert isinstance(state.frame.actions, dict)
    state.frame.bullets.clear()
    for name in ("player_info", "start_locations", "deaths", "visibility", "map_name"):
        assert getattr(state, name) is not None


def storm(count, seed):
    """Send damaged messages amid good ones; return how many were refused."""
    rng = random.Random(seed)
    games = [(messages(name), expectation(name)["micro_battles"]) for name in SEQUENCES]
    everything = [data for said, _ in games for data in said if len(data) < 8000]
    refused = sent = 0
    while sent < count:
        said, micro = rng.choice(games)
        conversation = Conversation(protocol=rng.choice((30, 31)))
        conversation.hear_handshake(said[0], micro_battles=micro, only_consider_types=())
        first = codec.decode_server(said[1]).data
        assert isinstance(first, WireFrame)
        for data in rng.sample(said[1:], 8):
            if len(data) > 8000 and rng.random() < 0.9:
                continue
            for _ in range(8):
                sent += 1
                try:
                    conversation.hear(damaged(data, rng, everything))
                except TorchCraftError:
                    refused += 1
                if sent % 16 == 0:
                    look_at_everything(conversation.state)
                conversation.hear(said[1])
                assert conversation.state.wire.units.tobytes() == first.units.tobytes()
    return refused


def test_damaged_messages_end_in_typed_errors_and_the_client_goes_on(caplog):
    with caplog.at_level(logging.CRITICAL):
        refused = storm(1000, seed=1)

    assert 300 < refused < 1500


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_damaged_messages_end_in_typed_errors(seed, caplog):
    with caplog.at_level(logging.CRITICAL):
        assert storm(10_000, seed) > 3000
