"""A Terran bot for TorchCraft: SCVs mine, a depot, barracks and marines follow, and the marines attack.

Written as TorchCraft's own examples are; it runs on its client and on ours:

    python -m bridge.torchcraft.serve --scenario melee --races terran:zerg --opponent noop
    python -m bridge.torchcraft.run docs/economy.py -t localhost
"""

import argparse

import torchcraft as tc
import torchcraft.Constants as tcc  # noqa: N813 - as TorchCraft's examples call it

TYPES, COMMANDS, ORDERS = tcc.unittypes, tcc.unitcommandtypes, tcc.orders
TILE = 4  # walk tiles of a build tile
MARINES_TO_ATTACK = 8
PRICE = 50  # of an SCV, and of a marine
PATIENCE = 240  # frames in which a builder is expected to begin
DEPOTS_AT_ONCE = 1
BARRACKS = 2
NO_TARGET = -1
MINERALS = {kind for kind, name in TYPES._dict.items() if "Mineral_Field" in str(name)}

IDLE = {ORDERS.PlayerGuard, ORDERS.Guard}


class Bot:
    """What to do, as of the state; `told` keeps the frame in which somebody was told something."""

    def __init__(self, state):
        self.width, self.height = state.map_size
        self.buildable = list(state.buildable_data)
        self.starts = [(place.x, place.y) for place in state.start_locations]
        self.told = {}
        self.refused = set()  # places where a building did not come to stand
        self.site = None  # of the last building, and how many there were before it
        self.built = 0

    def act(self, state):
        """Return the commands of this frame."""
        self.frame = state.frame_from_bwapi
        mine = state.units.get(state.player_id, [])
        neutral = state.units.get(state.neutral_id, [])
        wallet = state.frame.resources[state.player_id]
        self.ore, self.used, self.total = wallet.ore, wallet.used_psi, wallet.total_psi
        by_type = {}
        for unit in mine:
            by_type.setdefault(unit.type, []).append(unit)
        self.units = [*mine, *neutral]
        centers = by_type.get(TYPES.Terran_Command_Center, [])
        workers = [unit for unit in by_type.get(TYPES.Terran_SCV, []) if unit.completed]
        fields = [unit for unit in neutral if unit.type in MINERALS]
        if not centers or not workers:
            return []
        return [
            *self.mine(workers, fields),
            *self.build(workers, centers[0], by_type),
            *self.train(by_type),
            *self.attack(by_type.get(TYPES.Terran_Marine, []), centers[0]),
        ]

    def is_due(self, key, frames):
        """Say whether somebody was not told something for so long, and take note that he is now."""
        if self.frame - self.told.get(key, -frames) < frames:
            return False
        self.told[key] = self.frame
        return True

    def mine(self, workers, fields):
        """Send workers that stand about to the nearest field."""
        commands = []
        for scv in workers:
            if fields and scv.orders[0].type in IDLE and self.is_due(("mine", scv.id), 12):
                field = min(fields, key=lambda unit: distance(unit, scv))
                commands.append([tcc.command_unit, scv.id, COMMANDS.Gather, field.id])
        return commands

    def build(self, workers, center, by_type):
        """Keep room for supply, then have barracks."""
        depots = by_type.get(TYPES.Terran_Supply_Depot, [])
        barracks = by_type.get(TYPES.Terran_Barracks, [])
        wanted = None
        if self.used + 6 >= self.total and sum(not depot.completed for depot in depots) < DEPOTS_AT_ONCE:
            wanted, price, size = TYPES.Terran_Supply_Depot, 100, (3, 2)
        elif any(depot.completed for depot in depots) and len(barracks) < BARRACKS:
            wanted, price, size = TYPES.Terran_Barracks, 150, (4, 3)
        if wanted is None or self.ore < price or not self.is_due("build", PATIENCE):
            return []
        if self.site is not None and len(depots) + len(barracks) == self.built:
            self.refused.add(self.site)
        self.built = len(depots) + len(barracks)
        self.site = self.find_site(center, *size)
        if self.site is None:
            return []
        scv = min(workers, key=lambda unit: distance_to(unit, *self.site))
        return [[tcc.command_unit, scv.id, COMMANDS.Build, NO_TARGET, *self.site, wanted]]

    def find_site(self, center, wide, high):
        """Return the upper left walk tile of free ground near the base, None if there is none."""
        column, row = center.x // TILE, center.y // TILE
        tiles = [(x, y) for x in range(column - 14, column + 13) for y in range(row - 12, row + 12)]
        for x, y in sorted(tiles, key=lambda tile: abs(tile[0] - column) + abs(tile[1] - row)):
            if (TILE * x, TILE * y) not in self.refused and self.is_free(x, y, wide, high):
                return TILE * x, TILE * y
        return None

    def is_free(self, x, y, wide, high):
        """Say whether a building fits, with a tile around it to walk on."""
        for tile_x in range(x - 1, x + wide + 1):
            for tile_y in range(y - 1, y + high + 1):
                if not (0 <= TILE * tile_x < self.width and 0 <= TILE * tile_y < self.height):
                    return False
                if not self.buildable[TILE * tile_y * self.width + TILE * tile_x]:
                    return False
        left, top, right, bottom = 32 * (x - 1), 32 * (y - 1), 32 * (x + wide + 1), 32 * (y + high + 1)
        for unit in self.units:
            reach_x, reach_y = unit.pixel_size_x // 2, unit.pixel_size_y // 2
            if unit.type in (TYPES.Terran_SCV, TYPES.Terran_Marine):
                continue
            near_x = left < unit.pixel_x + reach_x and unit.pixel_x - reach_x < right
            if near_x and top < unit.pixel_y + reach_y and unit.pixel_y - reach_y < bottom:
                return False
        return True

    def train(self, by_type):
        """Train one unit after the other in each building."""
        commands = []
        plans = (
            (TYPES.Terran_Barracks, TYPES.Terran_Marine, 99),
            (TYPES.Terran_Command_Center, TYPES.Terran_SCV, 14),
        )
        for building, unit, most in plans:
            for producer in by_type.get(building, []):
                is_free = producer.completed and not producer.training and len(by_type.get(unit, [])) < most
                has_means = self.ore >= PRICE and self.used + 2 <= self.total
                if is_free and has_means and self.is_due(("train", producer.id), 8):
                    commands.append([tcc.command_unit, producer.id, COMMANDS.Train, NO_TARGET, 0, 0, unit])
                    self.ore -= PRICE
        return commands

    def attack(self, marines, center):
        """Send the marines against the other start locations, once they are enough."""
        ready = [marine for marine in marines if marine.completed]
        if len(ready) < MARINES_TO_ATTACK or not self.starts:
            return []
        x, y = max(self.starts, key=lambda place: distance_to(center, *place))
        return [
            [tcc.command_unit_protected, marine.id, COMMANDS.Attack_Move, NO_TARGET, x + 8, y + 6]
            for marine in ready
            if marine.orders[0].type in IDLE and self.is_due(("attack", marine.id), 48)
        ]


def distance(unit, other):
    """Return how far two units are from one another, walk tiles."""
    return distance_to(unit, other.x, other.y)


def distance_to(unit, x, y):
    """Return how far a unit is from a walk tile."""
    return max(abs(unit.x - x), abs(unit.y - y))


def main():
    """Play one game; say every now and then how it stands."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", "--hostname", default="localhost")
    parser.add_argument("-p", "--port", type=int, default=11111)
    parser.add_argument("--frames", type=int, default=20000, help="leave after so many")
    args = parser.parse_args()
    client = tc.Client()
    client.connect(args.hostname, args.port)
    state = client.init()
    bot = Bot(state)
    client.send([[tcc.set_speed, 0], [tcc.set_gui, 0]])
    state = client.recv()
    report = 0
    while not state.game_ended:
        if state.frame_from_bwapi >= report:
            report += 2400
            counts = {}
            for unit in state.units.get(state.player_id, []):
                counts[unit.type] = counts.get(unit.type, 0) + 1
            army = ", ".join(f"{count} {tcc.unittypes._dict[kind]}" for kind, count in sorted(counts.items()))
            print(f"frame {state.frame_from_bwapi}: {state.frame.resources[state.player_id].ore} minerals, {army}")
        leave = state.frame_from_bwapi >= args.frames
        client.send([[tcc.quit]] if leave else bot.act(state))
        state = client.recv()
    print("won" if state.game_won else "lost", "after", state.frame_from_bwapi, "frames")
    client.close()


if __name__ == "__main__":
    main()
