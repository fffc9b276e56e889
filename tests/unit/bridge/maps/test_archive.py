"""Map archives: StormLib unpacks a made one; whatever is no map gives one line."""

from __future__ import annotations

import importlib.util
import platform
import random
import subprocess
import sys
from pathlib import Path

import pytest
from made_map import MadeMap, write_archive

import bridge.maps.archive as archive
from bridge.errors import ConfigError
from bridge.maps.archive import read_chk


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "made.scm", MadeMap().chk())


def test_read_chk_gives_the_bytes_that_were_packed(map_file: Path) -> None:
    assert read_chk(map_file) == MadeMap().chk()


@pytest.mark.parametrize("name", ["단장의 능선.scx", "(2)Ben zene.scx", "m\udcff.scm"])
def test_read_chk_any_file_name_is_read(tmp_path: Path, name: str) -> None:
    content = write_archive(tmp_path / "made.scm", MadeMap().chk())
    try:
        path = content.rename(tmp_path / name)
    except (OSError, UnicodeError):
        pytest.skip("the file system takes no such name")

    assert read_chk(path) == MadeMap().chk()


def test_read_chk_does_not_change_the_file_or_its_folder(map_file: Path) -> None:
    before = map_file.read_bytes()
    map_file.chmod(0o400)

    read_chk(map_file)

    assert map_file.read_bytes() == before
    assert [path.name for path in map_file.parent.iterdir()] == ["made.scm"]


def test_read_chk_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.scm: no such file"):
        read_chk(tmp_path / "none.scm")


def test_read_chk_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_chk(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no map at all", b"MPQ\x1a", b"MPQ\x1a" + bytes(4096), random.Random(1).randbytes(5000)],
    ids=["empty", "text", "magic number alone", "magic number and zeros", "random bytes"],
)
def test_read_chk_no_archive_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.scm"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        read_chk(path)

    assert "bad.scm: not a" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_read_chk_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "other.mpq", b"hello", name=b"hello.txt")

    with pytest.raises(ConfigError, match=r"not a StarCraft map .*scenario\.chk is not in the archive"):
        read_chk(path)


def test_read_chk_too_large_is_refused_before_it_is_opened(map_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MAP_BYTES", 100)
    with pytest.raises(ConfigError, match="allowed: at most 100"):
        read_chk(map_file)

    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_CHK_BYTES", 100)
    with pytest.raises(ConfigError, match=r"scenario\.chk has \d+ bytes; allowed: at most 100"):
        read_chk(map_file)


def test_read_chk_cut_or_changed_archives_give_the_chk_or_one_line(map_file: Path, tmp_path: Path) -> None:
    # In a process of its own: a native library that reads damaged files could take the tests with it.
    program = (
        "import random, sys\n"
        "from pathlib import Path\n"
        "from bridge.errors import ConfigError\n"
        "from bridge.maps.archive import read_chk\n"
        "whole, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])\n"
        "draw = random.Random(0)\n"
        "refused = 0\n"
        "for turn in range(150):\n"
        "    data = bytearray(whole)\n"
        "    for _ in range(draw.randrange(1, 9)):\n"
        "        data[draw.randrange(len(data))] = draw.randrange(256)\n"
        "    path.write_bytes(data if turn % 2 else whole[: draw.randrange(len(whole))])\n"
        "    try:\n"
        "        read_chk(path)\n"
        "    except ConfigError as error:\n"
        "        assert '\\n' not in str(error)\n"
        "        refused += 1\n"
        "print(refused)\n"
    )
    arguments = [sys.executable, "-c", program, str(map_file), str(tmp_path / "damaged.scm")]

    done = subprocess.run(arguments, capture_output=True, text=True, timeout=280, check=False)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_read_chk_without_the_extra_says_what_to_install(map_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(ConfigError, match=r"pip install 'nydus-gym\[maps\]'"):
        read_chk(map_file)


def test_read_chk_on_a_machine_without_stormlib_names_those_that_have_it(
    map_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    with pytest.raises(ConfigError, match=r"no StormLib for \w+ riscv64; it has: linux x86_64"):
        read_chk(map_file)


def test_read_chk_does_not_import_richchk(map_file: Path) -> None:
    program = "import sys; from pathlib import Path; from bridge.maps import read_chk; read_chk(Path(sys.argv[1])); "
    program += "sys.exit('richchk' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program, str(map_file)], timeout=280, check=False).returncode == 0
