"""Written for TorchCraft: plays micro battles, each unit attacks the enemy that is closest, and changes the map."""

import argparse
import random

import torchcraft as tc
import torchcraft.Constants as tcc  # noqa: N813 - as TorchCraft's own examples do

MAPS = ["Maps/BroodWar/micro/dragoons_zealots.scm", "Maps/BroodWar/micro/m5v5_c_far.scm"]

parser = argparse.ArgumentParser()
parser.add_argument("-t", "--hostname")
parser.add_argument("-p", "--port", type=int, default=11111)
parser.add_argument("--battles", type=int, default=2, help="per match")
parser.add_argument("--matches", type=int, default=2)
parser.add_argument("--spawn", type=int, default=3, help="units to make and kill first")
options = parser.parse_args()
rng = random.Random(5)


def closest(unit, enemies):
    return min(enemies, key=lambda enemy: (enemy.x - unit.x) ** 2 + (enemy.y - unit.y) ** 2)


def spawn_and_kill(client, state):
    """Make some units of each side, look for them, and kill as many."""
    while state.waiting_for_restart:
        state = client.recv()
    before = [len(state.units[player]) for player in (0, 1)]
    spawn = [tcc.command_openbw, tcc.openbwcommandtypes.SpawnUnit]
    made = [[*spawn, player, tcc.unittypes.Terran_Marine, 100, 100] for player in (0, 1)]
    client.send(made * options.spawn)
    state = client.recv()
    assert [len(state.units[player]) for player in (0, 1)] == [count + options.spawn for count in before]
    doomed = []
    for player in (0, 1):
        units = state.units[player]
        rng.shuffle(units)
        doomed += units[: options.spawn]
    client.send([[tcc.command_openbw, tcc.openbwcommandtypes.KillUnit, unit.id] for unit in doomed])
    state = client.recv()
    assert [len(state.units[player]) for player in (0, 1)] == before
    return state


for match in range(options.matches):
    client = tc.Client()
    client.connect(options.hostname, options.port, timeout=60_000)
    state = client.init(micro_battles=True)
    assert state is not None, client.error()
    names = [(player.name, tc.Constants.races._dict[player.race]) for player in state.player_info.values()]
    print(f"match {match} on {state.map_name}: {names}")
    client.send([[tcc.set_speed, 0], [tcc.set_gui, 0], [tcc.set_cmd_optim, 1], [tcc.set_combine_frames, 1 + match]])
    state = client.recv()
    if match == 0 and options.spawn:
        state = spawn_and_kill(client, state)
    battles = won = 0
    shots = set()
    while not state.game_ended:
        commands = []
        if state.battle_just_ended:
            battles += 1
            won += state.battle_won
            if battles == options.battles:
                commands = [[tcc.set_map, MAPS[match % len(MAPS)], 0], [tcc.quit]]
        elif not state.waiting_for_restart and state.battle_frame_count % 7 <= match:
            mine, theirs = state.units[state.player_id], state.units[1 - state.player_id]
            shots.update(unit.type for unit in mine if unit.attack_frame)
            for unit in mine if theirs else []:
                target = closest(unit, theirs)
                if unit.command.targetId != target.id:
                    attack = tcc.unitcommandtypes.Attack_Unit
                    commands.append([tcc.command_unit_protected, unit.id, attack, target.id])
        client.send(commands)
        state = client.recv()
    client.close()
    print(f"battles {battles} won {won} shots by {sorted(tcc.unittypes._dict[unit_type] for unit_type in shots)}")
