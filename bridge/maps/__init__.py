"""Map and replay files of Brood War (`.scm`, `.scx`, `.rep`), scenarios and melee maps made of them."""

from bridge.maps.archive import read_chk
from bridge.maps.chk import ChkMap, parse_chk
from bridge.maps.importer import ImportedScenario, ImportOptions, convert, import_map
from bridge.maps.mapfile import MeleeMap, dump_map, is_melee, load_map, melee_map, read_melee_map
from bridge.maps.rep import Rep, read_rep

__all__ = [
    "ChkMap",
    "ImportOptions",
    "ImportedScenario",
    "MeleeMap",
    "Rep",
    "convert",
    "dump_map",
    "import_map",
    "is_melee",
    "load_map",
    "melee_map",
    "parse_chk",
    "read_chk",
    "read_melee_map",
    "read_rep",
]
