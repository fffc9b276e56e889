"""PySC2's functions in StarCraft II: the ability that each of them stands for, and when the game lets it be used.

Terran has the fifteen that gathering policies are trained with. Protoss and Zerg have all that PySC2 builds, trains or
morphs, under its general names, as far as a Frame shows its conditions: what needs an upgrade (warp gates, burrowing)
is left out, and so is what is placed by a spell (creep tumors) or warped in.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import UnitCommandType
from engine.starcraft2.cancelling import RALLY_WORKERS
from engine.starcraft2.melee_players.facts import IS_STRUCTURE, IS_TOWN_HALL, RESOURCE
from engine.starcraft2.names import UNIT_TYPE_NAMES
from engine.starcraft2.state import GATHER, RETURN_CARGO
from engine.starcraft2.tables import (
    ADDON,
    GAS,
    KIND_OF,
    KINDS,
    LARVA,
    MADE,
    MORPH,
    NO_KIND,
    RESEARCH,
    TRAIN_PLACE,
)
from envs.specs.call_rules import CallingRules
from envs.specs.costs import costs_of
from envs.specs.function_table import BUILD_THERE, MAKE, Function
from envs.specs.makeable import MAKE_DTYPE

USE: Final = int(UnitCommandType.USE_TECH)
USE_AT: Final = int(UnitCommandType.USE_TECH_POSITION)
USE_ON: Final = int(UnitCommandType.USE_TECH_UNIT)

OF_RACE: Final = {
    "terran": (
        Function("Build_CommandCenter_screen", 44, BUILD_THERE, ability=318),
        Function("Build_Refinery_screen", 79, BUILD_THERE, ability=320),
        Function("Build_SupplyDepot_screen", 91, BUILD_THERE, ability=319),
        Function("Morph_SupplyDepot_Lower_quick", 318, MAKE, ability=556),
        Function("Morph_SupplyDepot_Raise_quick", 319, MAKE, ability=558),
    ),
    "protoss": (
        Function("Build_Assimilator_screen", 40, BUILD_THERE, ability=882),
        Function("Build_CyberneticsCore_screen", 48, BUILD_THERE, ability=894),
        Function("Build_DarkShrine_screen", 49, BUILD_THERE, ability=891),
        Function("Build_FleetBeacon_screen", 54, BUILD_THERE, ability=885),
        Function("Build_Forge_screen", 55, BUILD_THERE, ability=884),
        Function("Build_Gateway_screen", 57, BUILD_THERE, ability=883),
        Function("Build_Nexus_screen", 65, BUILD_THERE, ability=880),
        Function("Build_PhotonCannon_screen", 69, BUILD_THERE, ability=887),
        Function("Build_Pylon_screen", 70, BUILD_THERE, ability=881),
        Function("Build_RoboticsBay_screen", 81, BUILD_THERE, ability=892),
        Function("Build_RoboticsFacility_screen", 82, BUILD_THERE, ability=893),
        Function("Build_Stargate_screen", 88, BUILD_THERE, ability=889),
        Function("Build_TemplarArchive_screen", 100, BUILD_THERE, ability=890),
        Function("Build_TwilightCouncil_screen", 101, BUILD_THERE, ability=886),
        Function("Morph_WarpPrismPhasingMode_quick", 329, MAKE, ability=1528),
        Function("Morph_WarpPrismTransportMode_quick", 330, MAKE, ability=1530),
        Function("Train_Adept_quick", 457, MAKE, ability=922),
        Function("Train_Carrier_quick", 461, MAKE, ability=948),
        Function("Train_Colossus_quick", 462, MAKE, ability=978),
        Function("Train_DarkTemplar_quick", 465, MAKE, ability=920),
        Function("Train_Disruptor_quick", 466, MAKE, ability=994),
        Function("Train_HighTemplar_quick", 471, MAKE, ability=919),
        Function("Train_Immortal_quick", 473, MAKE, ability=979),
        Function("Train_Observer_quick", 481, MAKE, ability=977),
        Function("Train_Oracle_quick", 482, MAKE, ability=954),
        Function("Train_Phoenix_quick", 484, MAKE, ability=946),
        Function("Train_Probe_quick", 485, MAKE, ability=1006),
        Function("Train_Sentry_quick", 491, MAKE, ability=921),
        Function("Train_Stalker_quick", 493, MAKE, ability=917),
        Function("Train_Tempest_quick", 495, MAKE, ability=955),
        Function("Train_VoidRay_quick", 500, MAKE, ability=950),
        Function("Train_WarpPrism_quick", 501, MAKE, ability=976),
        Function("Train_Zealot_quick", 503, MAKE, ability=916),
        Function("Build_ShieldBattery_screen", 525, BUILD_THERE, ability=895),
        Function("Morph_ObserverMode_quick", 535, MAKE, ability=3739),
        Function("Morph_SurveillanceMode_quick", 538, MAKE, ability=3741),
        Function("Train_Mothership_quick", 541, MAKE, ability=110),
    ),
    "zerg": (
        Function("Build_BanelingNest_screen", 41, BUILD_THERE, ability=1162),
        Function("Build_EvolutionChamber_screen", 51, BUILD_THERE, ability=1156),
        Function("Build_Extractor_screen", 52, BUILD_THERE, ability=1154),
        Function("Build_Hatchery_screen", 59, BUILD_THERE, ability=1152),
        Function("Build_HydraliskDen_screen", 60, BUILD_THERE, ability=1157),
        Function("Build_InfestationPit_screen", 61, BUILD_THERE, ability=1160),
        Function("Build_NydusNetwork_screen", 67, BUILD_THERE, ability=1161),
        Function("Build_NydusWorm_screen", 68, BUILD_THERE, ability=1768),
        Function("Build_RoachWarren_screen", 80, BUILD_THERE, ability=1165),
        Function("Build_SpawningPool_screen", 84, BUILD_THERE, ability=1155),
        Function("Build_SpineCrawler_screen", 85, BUILD_THERE, ability=1166),
        Function("Build_Spire_screen", 86, BUILD_THERE, ability=1158),
        Function("Build_SporeCrawler_screen", 87, BUILD_THERE, ability=1167),
        Function("Build_UltraliskCavern_screen", 102, BUILD_THERE, ability=1159),
        Function("Morph_BroodLord_quick", 297, MAKE, ability=1372),
        Function("Morph_GreaterSpire_quick", 299, MAKE, ability=1220),
        Function("Morph_Hive_quick", 302, MAKE, ability=1218),
        Function("Morph_Lair_quick", 303, MAKE, ability=1216),
        Function("Morph_Lurker_quick", 306, MAKE, ability=2332),
        Function("Morph_OverlordTransport_quick", 310, MAKE, ability=2708),
        Function("Morph_Overseer_quick", 311, MAKE, ability=1448),
        Function("Morph_Ravager_quick", 313, MAKE, ability=2330),
        Function("Morph_Root_screen", 314, BUILD_THERE, ability=3680),
        Function("Morph_Uproot_quick", 323, MAKE, ability=3681),
        Function("Train_Baneling_quick", 458, MAKE, ability=80),
        Function("Train_Corruptor_quick", 463, MAKE, ability=1353),
        Function("Train_Drone_quick", 467, MAKE, ability=1342),
        Function("Train_Hydralisk_quick", 472, MAKE, ability=1345),
        Function("Train_Infestor_quick", 474, MAKE, ability=1352),
        Function("Train_Mutalisk_quick", 480, MAKE, ability=1346),
        Function("Train_Overlord_quick", 483, MAKE, ability=1344),
        Function("Train_Queen_quick", 486, MAKE, ability=1632),
        Function("Train_Roach_quick", 489, MAKE, ability=1351),
        Function("Train_SwarmHost_quick", 494, MAKE, ability=1356),
        Function("Train_Ultralisk_quick", 497, MAKE, ability=1348),
        Function("Train_Viper_quick", 499, MAKE, ability=1354),
        Function("Train_Zergling_quick", 504, MAKE, ability=1343),
        Function("Build_LurkerDen_screen", 524, BUILD_THERE, ability=1163),
        Function("Morph_OverseerMode_quick", 536, MAKE, ability=3745),
        Function("Morph_OversightMode_quick", 537, MAKE, ability=3743),
    ),
}


def rows_of(ability: int) -> list[int]:
    """Return the rows of the game's table of production that a function stands for, in its order.

    Left out: what asks for an upgrade or an add-on, and what has to be empty, of which a Frame does not tell.

    Args:
        ability: id, general or not.
    """
    found = []
    for number, made in enumerate(MADE):
        if ability not in (int(made["ability"]), int(made["shared_by"])):
            continue
        must_be_empty = KINDS["cargo_capacity"][made["maker"]] > 0 and KINDS["cargo_capacity"][made["product"]] == 0
        if made["deed"] in (RESEARCH, TRAIN_PLACE, ADDON) or made["requires_upgrade"] or made["needs_techlab"]:
            continue
        if not must_be_empty:
            found.append(number)
    return found


def names_of(ability: int) -> tuple[tuple[str, ...], str]:
    """Return the names of who can carry a function out, and of what comes of it first."""
    rows = MADE[rows_of(ability)]
    makers = (UNIT_TYPE_NAMES[int(KINDS["type"][number])] for number in rows["maker"])
    return tuple(dict.fromkeys(makers)), UNIT_TYPE_NAMES[int(KINDS["type"][rows["product"][0]])]


def make_lines(ability: int) -> NDArray[np.void]:
    """Return (n,) MAKE_DTYPE: the ways in which a function can be carried out."""
    rows = MADE[rows_of(ability)]
    lines = np.zeros(len(rows), MAKE_DTYPE)
    costs = costs_of("starcraft2")
    for line, made in zip(lines, rows, strict=True):
        kind = int(KINDS["type"][made["product"]])
        line["type"], line["maker"] = kind, KINDS["type"][made["maker"]]
        line["ability"], line["command"] = made["ability"], USE
        line["turns"] = made["deed"] == MORPH
        for name in ("minerals", "gas", "supply_half"):
            line[name] = made[name]
        line["required"] = -1
        if made["requires"] != NO_KIND:
            line["required"][0] = KINDS["type"][made["requires"]]
        line["own_addon"] = line["tech"] = line["site"] = -1
        line["is_refinery"] = costs["is_refinery"][kind]
    return lines


def calling_rules() -> CallingRules:
    """Return what calls mean in StarCraft II."""
    known = np.flatnonzero(KIND_OF != NO_KIND)
    speed = np.zeros(len(KIND_OF), np.int64)
    speed[known] = KINDS["speed"][KIND_OF[known]]
    makes = np.zeros(len(KIND_OF), np.bool_)
    makes[known] = KINDS["num_made"][KIND_OF[known]] > 0
    moves = (speed > 0) & ~IS_STRUCTURE
    moves[LARVA] = False
    better = [
        (int(kind["type"]), int(KINDS["type"][like]))
        for kind in KINDS
        for like in kind["stands_for"]
        if like != NO_KIND
    ]
    return CallingRules(
        moves=moves,
        rallies=IS_TOWN_HALL & makes & (speed == 0),
        geysers=(RESOURCE == GAS) & (costs_of("starcraft2")["is_refinery"] == 0),
        serving=np.array(better, np.int32),
        orders=np.array(
            [
                (USE_ON, GATHER),
                (USE, RETURN_CARGO),
                (int(UnitCommandType.MOVE), 0),
                (USE_AT, RALLY_WORKERS),
                (USE_ON, RALLY_WORKERS),
            ],
            np.int64,
        ),
        is_halted_at_work=True,
    )
