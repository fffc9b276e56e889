# Everything from a bare clone: `make train` and `make test` create .venv, install into it, and run.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= configs/m5v5_c_far.yaml
# Processes that test: one per core, four at most (each takes half a gigabyte, and many tests start games of their own).
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, os.cpu_count() or 1))")
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not full"

.PHONY: warm train test check torchcraft bench faults soak random-play viewer sc2 install clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

# Compile both engines, their scripted players and the wire before many test processes ask for them at once.
warm: install
	$(BIN)/python -c "import gymnasium, envs; \
		[gymnasium.make('BroodWar-v0', opponent=name).close() for name in ('noop', 'closest', 'attack_move')]; \
		[gymnasium.make('StarCraft2-v0', scenario=name).close() for name in ('3m', 'melee')]; \
		from bridge.torchcraft.warmup import ensure_wire_compiled; ensure_wire_compiled()"

train: install
	$(BIN)/python train.py --config $(CONFIG)

test: warm
	$(PYTEST) tests

check: warm
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) tests

faults: warm
	$(BIN)/python -m pytest -m "full" tests/faults tests/conformance

# Ten minutes of random kills, stops and hangs under training; `make soak MINUTES=2` for fewer.
soak: warm
	$(BIN)/python -m benchmarks.soak $(MINUTES)

# Ten thousand games of random commands, allowed and not; `make random-play GAMES=500` for fewer.
GAMES ?= 10000
random-play: warm
	$(BIN)/python -m benchmarks.random_play --games $(GAMES)

# TorchCraft's wire: 100,000 damaged messages to each reader, 40 battles by scripts (with TorchCraft's own client where it is),
# all scenarios over the wire against embedded games.
torchcraft: warm
	$(BIN)/python -m pytest -m "full" tests/unit/bridge/torchcraft tests/integration/test_torchcraft_client.py \
		tests/integration/test_torchcraft_session.py tests/integration/test_evaluate_over_torchcraft.py \
		tests/integration/test_torchcraft_economy.py

# StarCraft II's API: two bots in two processes, real time, all recorded maps, launched games; its players' strengths.
sc2: warm
	$(BIN)/python -m pytest -m "full" tests/integration/test_sc2_path.py tests/integration/test_sc2_server.py \
		tests/integration/test_sc2_session.py tests/integration/test_sc2_strengths.py

# The replay viewer: sizes of long games, and a real browser (needs a Chromium in the PATH).
viewer: warm
	$(BIN)/python -m pytest tests/unit/agents/test_viewer.py tests/integration/test_viewer_in_a_browser.py \
		tests/integration/test_recorded_battles.py
	$(BIN)/python -m benchmarks.bench_viewer

bench: install
	$(BIN)/python -m benchmarks.bench_engine
	$(BIN)/python -m benchmarks.bench_env
	$(BIN)/python -m benchmarks.bench_train
	$(BIN)/python -m benchmarks.bench_bridge
	$(BIN)/python -m benchmarks.bench_vector
	$(BIN)/python -m benchmarks.bench_sc2
	$(BIN)/python -m benchmarks.bench_wire
	$(BIN)/python -m benchmarks.bench_encoders

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
