"""Frames for tests of the wire: random ones, and TorchCraft's own as plain lists."""

import numpy as np
from hypothesis import strategies as st

from bridge.torchcraft.messages import (
    BULLET_DTYPE,
    ORDER_DTYPE,
    RESOURCES_DTYPE,
    WIRE_UNIT_DTYPE,
    Action,
    WireFrame,
)

UNIT_FIELDS = WIRE_UNIT_DTYPE.names[:40]
ARRAYS = ("player_ids", "num_units", "units", "orders", "action_players", "resources", "bullets", "creep_map")
DIFF_ARRAYS = (
    "player_ids",
    "num_units",
    "units",
    "var_ids",
    "var_diffs",
    "order_ids",
    "order_diffs",
    "action_players",
    "resources",
    "bullets",
    "creep_map",
)


def same(a, b):
    """Return the names of what differs between two frames, or two differences, bit by bit."""
    assert type(a) is type(b)
    arrays = ARRAYS if isinstance(a, WireFrame) else DIFF_ARRAYS
    found = [
        name
        for name in arrays
        if getattr(a, name).dtype != getattr(b, name).dtype or not np.array_equal(getattr(a, name), getattr(b, name))
    ]
    numbers = ("reward", "is_terminal", "actions", *(("width", "height") if isinstance(a, WireFrame) else ()))
    return found + [name for name in numbers if getattr(a, name) != getattr(b, name)]


def random_frame(seed, num_units=12, players=(0, 1, -1), creep_bytes=24, ids=None):
    """Return a frame of any numbers at all, with ids in any order and up to three orders a unit."""
    rng = np.random.default_rng(seed)
    num_players = min(len(players), max(1, num_units))
    cuts = np.sort(rng.integers(0, num_units + 1, num_players - 1))
    counts = np.diff([0, *cuts, num_units]).astype(np.int32)
    units = np.zeros(num_units, WIRE_UNIT_DTYPE)
    for name in UNIT_FIELDS:
        units[name] = rng.integers(-(1 << 31), 1 << 31, num_units)
        units[name] = np.where(rng.random(num_units) < 0.5, units[name] % 7, units[name])
    units["id"] = rng.permutation(2 * num_units)[:num_units] if ids is None else ids
    units["order_size"] = rng.integers(0, 4, num_units)
    units["first_order"] = np.cumsum(units["order_size"]) - units["order_size"]
    units["flags"] = rng.integers(0, 1 << 63, num_units, np.uint64) * np.uint64(2)
    units["velocityX"], units["velocityY"] = rng.normal(size=(2, num_units))
    resources = np.zeros(2, RESOURCES_DTYPE)
    for name in RESOURCES_DTYPE.names:
        resources[name] = rng.integers(0, 1 << 31, 2)
    orders, bullets = np.zeros(int(units["order_size"].sum()), ORDER_DTYPE), np.zeros(3, BULLET_DTYPE)
    for array in (orders, bullets):
        for name in array.dtype.names:
            array[name] = rng.integers(-5, 6, array.size)
    return WireFrame(
        player_ids=np.array(players[:num_players], np.int32),
        num_units=counts,
        units=units,
        orders=orders,
        resources=resources,
        bullets=bullets,
        creep_map=rng.integers(0, 256, creep_bytes).astype(np.uint8),
        width=int(rng.integers(0, 1 << 32)),
        height=128,
        reward=int(rng.integers(-5, 5)),
        is_terminal=int(rng.integers(0, 2)),
    )


@st.composite
def frames(draw, creep_bytes=24):
    """Draw a frame with units of few ids, so that two of them have some in common, and now and then with actions."""
    num_units = draw(st.integers(0, 12))
    ids = draw(st.permutations(range(14)))[:num_units]
    players = tuple(draw(st.permutations((0, 1, -1))))
    frame = random_frame(draw(st.integers(0, 1 << 20)), num_units, players, creep_bytes, ids)
    actions = tuple(
        Action(player_id=player, uid=number, aid=-number, action=tuple(range(number)))
        for player in draw(st.lists(st.integers(0, 2), unique=True, max_size=2))
        for number in range(draw(st.integers(0, 2)))
    )
    players_of_actions = list(dict.fromkeys(action.player_id for action in actions))
    return WireFrame(
        **{
            name: getattr(frame, name)
            for name in WireFrame.__dataclass_fields__
            if name not in ("actions", "action_players")
        },
        actions=actions,
        action_players=np.array(players_of_actions, np.int32),
    )


def plain(frame):
    """Return a frame's content in the form of TorchCraft's own `expected.json`."""
    units, first = {}, 0
    for player, count in zip(frame.player_ids.tolist(), frame.num_units.tolist(), strict=True):
        units[str(player)] = [plain_unit(row, frame.orders) for row in frame.units[first : first + count]]
        first += count
    return {
        "width": frame.width,
        "height": frame.height,
        "reward": frame.reward,
        "is_terminal": frame.is_terminal,
        "units": units,
        "resources": {str(row[0]): list(row)[1:] for row in frame.resources.tolist()},
        "bullets": [list(row) for row in frame.bullets.tolist()],
        "creep_map": frame.creep_map.tobytes().hex(),
        "actions": {},
    }


def plain_unit(row, orders):
    """Return a unit as a list in the order of the protocol's slots."""
    numbers = [row[name].item() for name in UNIT_FIELDS]
    own = orders[row["first_order"] : row["first_order"] + row["order_size"]]
    command = numbers[34:40]
    velocities = [row["velocityX"].item(), row["velocityY"].item()]
    return [
        *numbers[:11],
        row["flags"].item(),
        *numbers[11:26],
        [list(order) for order in own.tolist()],
        command,
        *velocities,
        *numbers[26:34],
    ]
