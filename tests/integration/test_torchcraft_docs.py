"""The examples of docs/torchcraft.md, one after the other, against a server of our own."""

import re
from pathlib import Path

import pytest
from torchcraft_relay import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "torchcraft.md"

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_examples_of_the_page_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 3

    with serving("--scenario", "m5v5_c_far", "--opponent", "attack_move") as port:
        names = {"__name__": "example"}
        for block in blocks:
            exec(compile(block.replace("11111", str(port)), PAGE.name, "exec"), names)

    printed = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"(won|lost) after \d+ frames", printed[0])
    assert re.fullmatch(r"\d+ units", printed[1])
    assert (tmp_path / "ten_frames.tcr").stat().st_size > 100
