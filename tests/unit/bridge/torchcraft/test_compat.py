"""What TorchCraft's scripts find when they import ours: the same names, numbers and quirks."""

import json
import os
import subprocess
import sys
import types
from importlib import resources
from pathlib import Path

import pytest

from bridge import torchcraft as tc
from bridge.torchcraft import compat, constants, run

FACTS = json.loads(resources.files("bridge.torchcraft").joinpath("constants.json").read_text())

TCC = tc.Constants

CLIENT_NAMES = ("close", "connect", "connected", "error", "init", "poll", "recv", "send", "state")

STATE_NAMES = (
    *("PlayerInfo", "Position", "aliveUnits", "aliveUnitsConsidered", "battle_frame_count", "battle_just_ended"),
    *("battle_won", "buildable_data", "clone", "deaths", "frame", "frame_from_bwapi", "game_ended", "game_won"),
    *("ground_height_data", "image", "image_size", "img_mode", "lag_frames", "last_battle_ended", "map_name"),
    *("map_size", "neutral_id", "only_consider_types", "player_id", "player_info", "replay", "reset"),
    *("screen_position", "start_locations", "units", "visibility", "visibility_size", "waiting_for_restart"),
    "walkable_data",
)

REPLAYER_NAMES = ("Action", "Bullet", "Frame", "Order", "Replayer", "Resources", "Unit", "UnitCommand", "load")

MEMBERS = {
    "Frame": "actions bullets combine creep_map deepEq filter get_creep_at height is_terminal resources reward width",
    "Replayer": "getFrame getKeyFrame getMap getNumUnits push save setKeyFrame setMap setMapFromState setNumUnits",
    "Unit": "getFlag setFlag orders command flags velocityX playerId resources id pixel_size_x groundDmgType",
    "Order": "first_frame type targetId targetX targetY",
    "UnitCommand": "frame type targetId targetX targetY extra",
    "Resources": "ore gas used_psi total_psi upgrades upgrades_level techs",
    "Bullet": "type x y",
    "Action": "action uid aid",
}


@pytest.mark.parametrize("name", FACTS["enums"])
def test_enumeration_is_a_module_with_names_both_ways(name):
    module, values = getattr(TCC, name), FACTS["enums"][name]

    assert isinstance(module, types.ModuleType)
    assert {key: getattr(module, key) for key in values} == values
    assert {key: module._dict[key] for key in values} == values
    assert {number: module._dict[number] for number in values.values()} == {v: k for k, v in values.items()}


def test_commands_stand_at_the_top_too():
    assert {name: getattr(TCC, name) for name in FACTS["enums"]["commands"]} == FACTS["enums"]["commands"]
    assert (TCC.command_unit_protected, TCC.set_map) == (17, 12)


def test_quirks_that_scripts_may_rely_on_are_kept():
    assert TCC.colors.Orange == -179
    assert "Unknow" in vars(TCC.upgradetypes)
    assert TCC.isproducedby == {}
    assert TCC.unitcommandtypes._dict["None"] == getattr(TCC.unitcommandtypes, "None") == 44


def test_static_values_are_found_by_number_and_by_name():
    for name, values in FACTS["staticvalues"].items():
        table = TCC.staticvalues[name]
        assert {key: table[int(key)] for key in values} == values
        assert [table[TCC.unittypes._dict[int(key)]] for key in values] == list(values.values())
    assert TCC.staticvalues["maxHitPoints"]["Terran_Marine"] == 40
    assert "MAX" not in TCC.staticvalues["maxHitPoints"]


@pytest.mark.parametrize("name", ["produces", "command2order", "order2command"])
def test_relations_are_dictionaries_of_lists(name):
    assert getattr(TCC, name) == {int(key): values for key, values in FACTS[name].items()}


def test_predicates_know_the_known_types_and_refuse_others():
    for name, types_ in FACTS["predicates_true_for_unittype_ids"].items():
        says = getattr(TCC, name)
        assert [kind for kind in FACTS["enums"]["unittypes"].values() if says(kind)] == sorted(types_)
    with pytest.raises(RuntimeError, match=r"isworker\(101\): no unit type"):
        TCC.isworker(101)


def test_flags_are_attributes_in_snake_case():
    for name, bit in constants.UNIT_FLAG_PROPERTIES.items():
        unit = tc.replayer.Unit()
        assert getattr(unit, name) is False
        setattr(unit, name, True)
        assert unit.flags == 1 << bit
        assert getattr(unit, name) is True
        setattr(unit, name, False)
        assert unit.flags == 0


def test_classes_have_torchcrafts_members():
    assert [name for name in CLIENT_NAMES if not hasattr(tc.Client, name)] == []
    state = tc.State()
    assert [name for name in STATE_NAMES if not hasattr(state, name)] == []
    assert [name for name in REPLAYER_NAMES if not hasattr(tc.replayer, name)] == []
    for name, members in MEMBERS.items():
        made = getattr(tc.replayer, name)()
        assert [member for member in members.split() if not hasattr(made, member)] == []


def test_real_module_offers_nothing_that_ours_lacks():
    real = pytest.importorskip("torchcraft", reason="TorchCraft's own Python module is not installed")
    if getattr(real, "__file__", None) is None:
        pytest.skip("`torchcraft` is ours here")

    ours = compat.torchcraft_module()
    pairs = [(real.Client(), ours.Client()), (real.State(), ours.State()), (real.Constants, ours.Constants)]
    pairs += [(getattr(real.replayer, name)(), getattr(ours.replayer, name)()) for name in REPLAYER_NAMES[:-1]]
    for theirs, mine in pairs:
        public = [name for name in dir(theirs) if not name.startswith("_")]
        assert [name for name in public if not hasattr(mine, name)] == []


SCRIPT = """
import sys
import torchcraft as tc
import torchcraft.Constants as tcc
import torchcraft.replayer
from torchcraft.Constants import unittypes
import beside

assert tc.Constants is tcc and tc.replayer is torchcraft.replayer
assert tcc.command_unit == 16 and unittypes.Terran_Marine == 0
assert tc.Client.__module__ == "bridge.torchcraft.client"
assert __name__ == "__main__"
print(sys.argv[1:], beside.VALUE)
"""


def run_script(path, *arguments, cwd=None):
    root = Path(__file__).resolve().parents[4]
    return subprocess.run(
        [sys.executable, "-m", "bridge.torchcraft.run", str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def test_script_written_for_torchcraft_runs_unchanged(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "beside.py").write_text("VALUE = 7\n")

    done = run_script(tmp_path / "script.py", "-t", "localhost", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "['-t', 'localhost'] 7\n"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("import torchcraft as tc\ntc.Client().connect(None)\n", 2, "error: hostname None"),
        ("import torchcraft as tc\nc = tc.Client()\nc.connect('127.0.0.1', 1, 100)\nassert c.init() is None\n", 0, ""),
        ("raise KeyboardInterrupt\n", 130, ""),
        ("import sys\nsys.exit(3)\n", 3, ""),
    ],
)
def test_script_ends_with_a_status_and_one_line(tmp_path, body, status, said):
    (tmp_path / "script.py").write_text(body)

    done = run_script(tmp_path / "script.py")

    assert done.returncode == status
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == (1 if said else 0)


def test_missing_pyzmq_is_one_clear_line(tmp_path):
    (tmp_path / "script.py").write_text("import torchcraft\n")
    code = "import sys; sys.modules['zmq'] = None; from bridge.torchcraft import run; sys.exit(run.main(sys.argv[1:]))"

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "script.py")],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: TorchCraft's protocol needs pyzmq: pip install nydus-gym[torchcraft]\n"


def test_missing_script_is_one_clear_line(capsys):
    assert run.main(["no_such.py"]) == 2
    assert capsys.readouterr().err.startswith("error: no_such.py: no such script\nusage:")
    assert run.main([]) == 2
    assert run.main(["--help"]) == 0


def test_package_is_cheap_to_import_and_lists_its_names():
    code = (
        "import sys; from bridge import torchcraft as tc; heavy = {'zmq', 'numpy', 'numba'} & set(sys.modules);"
        "assert not heavy, heavy; assert 'Client' in dir(tc)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=280)
    with pytest.raises(AttributeError, match="no attribute 'Klient'"):
        tc.Klient  # noqa: B018
