"""Map files of Brood War (`.scm`, `.scx`): read them, and turn simple ones into scenario files."""

from bridge.maps.archive import read_chk
from bridge.maps.chk import ChkMap, parse_chk
from bridge.maps.importer import ImportedScenario, ImportOptions, convert, import_map

__all__ = ["ChkMap", "ImportOptions", "ImportedScenario", "convert", "import_map", "parse_chk", "read_chk"]
