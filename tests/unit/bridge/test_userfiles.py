"""Files that people write: every mistake is one line with file, key, value and what is allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bridge import userfiles
from bridge.errors import ConfigError
from bridge.userfiles import nearest, parse, read_yaml, write_atomically


class Wheel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    size: int = Field(ge=1)
    kind: Literal["round", "square"] = "round"


class Car(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    wheels: tuple[Wheel, ...] = Field(default=(), min_length=1, strict=False)
    spare: Wheel | None = None

    @model_validator(mode="after")
    def _is_no_cart(self) -> Car:
        if self.name == "cart":
            raise ValueError("a cart is no car")
        return self


def refusal(text: str, tmp_path: Path) -> str:
    path = tmp_path / "car.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        parse(Car, read_yaml(path), "car.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{tmp_path}{os.sep}", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmae: x", "car.yaml: unknown key 'nmae'; did you mean 'name'? (and 1 more)"),
        ("name: x\nzzz: 1", "car.yaml: unknown key 'zzz'; known: name, spare, wheels"),
        ("wheels: [{size: 1}]", "car.yaml: key 'name' is missing"),
        ("name: 3", "car.yaml: name = 3: input should be a valid string"),
        ("name: cart", "car.yaml: a cart is no car"),
        (
            "name: x\nwheels: [{size: 1}, {size: 0}]",
            "car.yaml: wheels[1].size = 0: input should be greater than or equal to 1",
        ),
        ("name: x\nwheels: [{sise: 1}]", "car.yaml: unknown key 'wheels[0].sise'; did you mean 'size'? (and 1 more)"),
        ("name: x\nspare: {size: 1, knd: round}", "car.yaml: unknown key 'spare.knd'; did you mean 'kind'?"),
        (
            "name: x\nspare: {size: 1, kind: oval}",
            "car.yaml: spare.kind = 'oval' is not allowed; allowed: 'round' or 'square'",
        ),
        ("name: x\nwheels: []", "car.yaml: wheels = []: tuple should have at least 1 item after validation, not 0"),
        ("name: x\nname: y", "car.yaml, line 2, column 1: not YAML (key 'name' appears twice)"),
        ("name: {a: 1, a: 2}", "car.yaml, line 1, column 14: not YAML (key 'a' appears twice)"),
        ("name: [", "car.yaml, line 1, column 8: not YAML (expected the node content, but found '<stream end>')"),
        ("- a\n- b", "car.yaml: must hold keys and values, holds ['a', 'b']"),
        ("", "car.yaml: must hold keys and values, holds None"),
        ("1: x", "car.yaml: key 1 is no text"),
        ("name: !!python/object/apply:os.getcwd []", "car.yaml, line 1, column 7: not YAML (could not determine a"),
        ("name: \x01", "car.yaml: not YAML ("),
        ("[" * 5000, "car.yaml: not YAML ("),
    ],
)
def test_parse_mistake_is_one_line(text: str, message: str, tmp_path: Path) -> None:
    assert refusal(text, tmp_path).startswith(message)


def test_parse_right_file_gives_the_model(tmp_path: Path) -> None:
    path = tmp_path / "car.yaml"
    path.write_text("name: x\nwheels: [{size: 2, kind: square}]", encoding="utf-8")

    car = parse(Car, read_yaml(path), "car.yaml")

    assert (car.name, car.wheels[0].size, car.wheels[0].kind) == ("x", 2, "square")


def test_parse_long_value_is_cut() -> None:
    with pytest.raises(ConfigError, match=r"wheels = '7{50,}\.\.\.: input should be a valid tuple$"):
        parse(Car, {"name": "x", "wheels": "7" * 1000}, "car.yaml")


@pytest.mark.parametrize(
    ("name", "known", "end"),
    [
        ("m5v5", ["m5v5_c_far", "5mr_5mr"], "; did you mean 'm5v5_c_far'?"),
        ("nop", ["noop", "closest"], "; did you mean 'noop'?"),
        ("zzz", ["b", "a"], "; known: a, b"),
        ("", ["b", "a"], "; known: a, b"),
    ],
)
def test_nearest_suggests_or_lists(name: str, known: list[str], end: str) -> None:
    assert nearest(name, known) == end


def test_nearest_long_list_is_cut() -> None:
    assert nearest("zzz", [f"name{number:03}" for number in range(100)]).endswith("name028, name029, ...")


def test_read_yaml_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path)


def test_read_yaml_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "car.yaml").write_bytes(b"name: \xff")

    with pytest.raises(ConfigError, match=r"car.yaml: not UTF-8 text \(byte 6\)"):
        read_yaml(tmp_path / "car.yaml")


def test_read_yaml_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(userfiles, "MAX_FILE_BYTES", 10)
    (tmp_path / "car.yaml").write_text("name: " + "x" * 10)

    with pytest.raises(ConfigError, match="larger than 10 bytes"):
        read_yaml(tmp_path / "car.yaml")


def test_write_atomically_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.yaml"
    path.write_text("old")

    write_atomically(path, "new: ä\n")

    assert path.read_text(encoding="utf-8") == "new: ä\n"
    assert [file.name for file in tmp_path.iterdir()] == ["out.yaml"]


def test_write_atomically_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "out.yaml", "x")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "out.yaml").stat().st_mode) == 0o640


def test_write_atomically_failure_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.yaml"
    path.write_text("old")

    def broken(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(ConfigError, match=r"out.yaml: cannot be written \(No space left on device\)"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.yaml"]


def test_write_atomically_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"out.yaml: cannot be written \(No such file or directory\)"):
        write_atomically(tmp_path / "none" / "out.yaml", "x")
