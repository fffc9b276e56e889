"""The viewer in a real browser: it opens, plays, is stepped and clicked, and says nothing wrong on its console."""

import pytest

from agents.viewer import Recording, write_page
from benchmarks.browser import Browser, find_browser
from benchmarks.made_game import made_game

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(find_browser() is None, reason="no Chromium in the PATH"),
]

READY = "Boolean(window.nydus && (nydus.viewer || nydus.error))"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return made_game(minutes=1.0, units_per_player=60)


@pytest.fixture(scope="module")
def browser(recording, tmp_path_factory):
    path = tmp_path_factory.mktemp("viewer") / "game.html"
    write_page(path, recording)
    with Browser() as made:
        made.open(path)
        made.wait_for(READY)
        assert made.evaluate("nydus.error") is None
        yield made
        assert made.errors == []
        assert made.requests == [path.as_uri()]


def unit_at(recording, unit_id, sample):
    start = 0 if sample == 0 else recording.ends[sample - 1]
    rows = recording.units[start : recording.ends[sample]]
    return rows[rows["id"] == unit_id][0]


def test_stepping_shows_the_recorded_places(browser, recording):
    browser.evaluate("nydus.viewer.play(false); nydus.viewer.seek(nydus.viewer.first); nydus.viewer.select(7)")
    for _ in range(3):
        browser.press(".")

    expected = unit_at(recording, 7, 3)
    place = f"({expected['x']}, {expected['y']}) px"
    browser.wait_for(f"document.getElementById('unit-place')?.textContent === '{place}'")
    state = browser.evaluate("(({x, y, hp, order}) => ({x, y, hp, order}))(nydus.viewer.unit(7))")
    assert (state["x"], state["y"], state["hp"]) == (expected["x"], expected["y"], expected["hp"])
    assert browser.evaluate("nydus.viewer.state.frame") == recording.frames[3]


def test_every_sample_of_a_unit_is_what_was_recorded(browser, recording):
    ids = (0, 33, 90)
    script = "nydus.viewer.game.trackOf({id}, {sample})"
    for unit_id in ids:
        for sample in range(0, len(recording.frames), 40):
            here = recording.units[0 if sample == 0 else recording.ends[sample - 1] : recording.ends[sample]]
            is_there = unit_id in here["id"]
            assert (browser.evaluate(script.format(id=unit_id, sample=sample)) >= 0) == is_there


def test_playing_draws_and_time_goes_on(browser, recording):
    browser.evaluate("nydus.viewer.seek(nydus.viewer.first); nydus.viewer.setSpeed(4)")
    before = browser.evaluate("nydus.viewer.framesDrawn")
    browser.press(" ")
    browser.wait_for(f"nydus.viewer.framesDrawn > {before + 5}")  # how many per second: benchmarks.bench_viewer
    browser.wait_for(f"nydus.viewer.state.frame > {recording.frames[2]}")
    browser.press(" ")
    browser.wait_for("nydus.viewer.state.isPlaying === false")


def test_fog_hides_what_a_player_does_not_see(browser, recording):
    browser.evaluate("nydus.viewer.setViewer(-1); nydus.viewer.seek(nydus.viewer.first); nydus.viewer.draw()")
    everything = browser.evaluate("nydus.viewer.scene.units.length")
    browser.evaluate("nydus.viewer.setViewer(1); nydus.viewer.draw()")
    seen = browser.evaluate("nydus.viewer.scene.units.length")
    browser.evaluate("nydus.viewer.setViewer(-1)")

    rows = recording.units[: recording.ends[0]]
    assert everything == len(rows)
    assert seen == int((rows["seen_by"] >> 1 & 1).sum())
    assert 0 < seen < everything


def test_click_selects_the_unit_below(browser, recording):
    unit = unit_at(recording, 3, 0)
    browser.evaluate(
        "nydus.viewer.play(false); nydus.viewer.select(-1); nydus.viewer.seek(nydus.viewer.first);"
        f"Object.assign(nydus.viewer.scene.camera, {{x: {unit['x']}, y: {unit['y']}, scale: 8}}); nydus.viewer.draw()"
    )
    box = browser.evaluate(
        "(({x, y, width, height}) => [x + width / 2, y + height / 2])"
        "(nydus.viewer.scene.canvas.getBoundingClientRect())"
    )
    browser.click(*box)

    assert browser.wait_for("nydus.viewer.state.selected >= 0 && [nydus.viewer.state.selected]") == [3]


def test_keys_change_speed_and_theme_changes_colours(browser):
    browser.evaluate("nydus.viewer.setSpeed(1)")
    browser.press("ArrowUp")
    browser.wait_for("nydus.viewer.state.speed === 2")

    colours = []
    for theme in ("dark", "light"):
        browser.set_theme(theme)
        browser.wait_for(f"matchMedia('(prefers-color-scheme: {theme})').matches")
        colours.append(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]


def test_controls_have_names_that_a_screen_reader_can_say(browser):
    nameless = browser.evaluate(
        "[...document.querySelectorAll('button, select, input, canvas')].filter((one) => !one.hidden"
        " && one.getAttribute('aria-hidden') !== 'true' && !one.getAttribute('aria-label')"
        " && !one.textContent.trim() && !(one.labels && one.labels.length)).map((one) => one.id)"
    )

    assert nameless == []
