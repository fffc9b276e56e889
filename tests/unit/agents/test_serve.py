"""`nydus serve --video`: what clients draw is in the picture, where and as long as they want it there."""

import signal
import subprocess
import sys

import imageio.v2 as imageio
import numpy as np
import pytest
from programs import running
from wire_talk import MARINES, Talk, command

from agents.serve import ServedVideo, Show, main
from bridge import torchcraft as tc
from bridge.scenarios import load_scenario
from bridge.torchcraft.host import Host, HostConfig
from bridge.torchcraft.map_folder import MapFolder
from envs.render.drawings import COLOURS

RED, GREEN, YELLOW, UNNAMED = 111, 117, 135, 3
START_TIMEOUT_S = 120
"""The first start on a machine compiles."""


class Gallery(Show):
    """Keeps the last picture."""

    def __call__(self, host):
        self.last = self.picture(host)

    def has(self, colour, x_px, y_px, reach=3):
        """Say whether a pixel near a place of the map has a colour."""
        x, y = (round(number) for number in self._renderer._view.to_picture(x_px, y_px))
        return self.shows(colour, x, y, reach)

    def shows(self, colour, x, y, reach):
        part = self.last[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].astype(int)
        return bool((np.abs(part - np.array(COLOURS[colour])).max(axis=2) < 60).any())


@pytest.fixture
def gallery():
    return Gallery()


@pytest.fixture
def talk(gallery):
    scenario = load_scenario(MARINES)
    talk = Talk(Host(HostConfig(scenario=scenario, players=(None, "noop")), MapFolder(), gallery))
    talk.shake()
    talk.send()
    return talk


def test_lines_and_circles_are_drawn_on_the_map_until_the_next_message(talk, gallery):
    mine, other = talk.units(0)[0], talk.units(1)[0]
    x, y = (mine.pixel_x + other.pixel_x) // 2, (mine.pixel_y + other.pixel_y) // 2 - 60

    talk.send(command("draw_line", x - 10, y, x + 10, y, GREEN), command("draw_circle", x, y + 30, 12, RED))

    assert gallery.has(GREEN, x, y)
    assert gallery.has(RED, x + 12, y + 30)
    assert not gallery.has(RED, x, y + 30)  # only its rim
    talk.send()
    assert not gallery.has(GREEN, x, y)
    assert not gallery.has(RED, x + 12, y + 30)


def test_lines_and_circles_of_units_follow_them_and_vanish_with_them(talk, gallery):
    mine, other = talk.units(0)[0], talk.units(1)[0]
    where = mine.pixel_x, mine.pixel_y - 20

    talk.send(
        command("draw_unit_circle", mine.id, 20, GREEN),
        command("draw_unit_line", mine.id, 12345, YELLOW),
        command("draw_unit_circle", 12345, 20, YELLOW),
        command("draw_unit_pos_line", other.id, other.pixel_x, other.pixel_y - 40, RED),
    )

    assert gallery.has(GREEN, *where)
    assert gallery.has(RED, other.pixel_x, other.pixel_y - 36)
    assert not (np.abs(gallery.last.astype(int) - np.array(COLOURS[YELLOW])).max(axis=2) < 30).any()


def test_texts_stand_on_the_map_and_on_the_screen(talk, gallery):
    talk.send()
    before = gallery.last.copy()

    talk.send(command("draw_text_screen", 300, 100, text="Attack " * 1000), command("draw_line", 0, 0, 9, 9, UNNAMED))

    changed = (gallery.last != before).any(axis=2)
    assert changed[100:107, 300:420].sum() > 100
    assert changed[100:107, 600:640].any()


def test_odd_numbers_do_no_harm(talk, gallery):
    most = 2**31 - 1

    talk.send(
        command("draw_line", -most, most, most, -most, RED),
        command("draw_circle", most, -most, most, RED),
        command("draw_circle", 5, 5, -7, most),
        command("draw_text", -most, most, text="\0\u2603"),
    )

    assert gallery.last.shape == (480, 640, 3)


def test_video_has_a_picture_for_every_so_many_frames(tmp_path):
    scenario = load_scenario(MARINES)
    with ServedVideo(tmp_path / "game.gif", 3) as video:
        talk = Talk(Host(HostConfig(scenario=scenario, players=(None, "noop")), MapFolder(), video))
        talk.shake()
        for number in range(12):
            talk.send(command("draw_text_screen", 200 + 9 * number, 200, text="X"))

    pictures = imageio.mimread(tmp_path / "game.gif")
    assert len(pictures) == 4
    assert pictures[0].shape[:2] == (480, 640)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--video", "game.avi"], "expected a file ending in .mp4 or .gif"),
        (["--video", "game.gif", "--video-every", "0"], "--video-every 0: allowed: 1 or more"),
        (["--video", "game.gif", "--games", "2"], "--video with --games 2: allowed: 1"),
    ],
)
def test_mistakes_are_one_line(arguments, text, capsys):
    assert main(arguments) == 2

    errors = capsys.readouterr().err
    assert text in errors
    assert errors.count("\n") == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_server_that_is_told_to_leave_finishes_its_video(tmp_path):
    command_line = [sys.executable, "-m", "agents.serve", "--port", "0", "--video", str(tmp_path / "game.gif")]
    with running(command_line, stdout=subprocess.PIPE) as server:
        lines = iter(server.stdout.readline, "")
        port = int(next(line for line in lines if "listening" in line).split(" for ")[0].rpartition(":")[2])
        client = tc.Client()
        client.connect("localhost", port)
        client.init()
        for _ in range(9):
            client.send([])
            client.recv()
        client.close()
        server.send_signal(signal.SIGTERM)
        assert server.wait(START_TIMEOUT_S) == 0

    assert len(imageio.mimread(tmp_path / "game.gif")) == 3
