"""What all tests share: helper modules in `tests/support`, and the folder of bulk facts where there is one."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent / "support"
if str(SUPPORT) not in sys.path:
    sys.path.append(str(SUPPORT))


# A shell starts what runs in its background with Ctrl-C ignored, and every program of a test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def facts() -> Path:
    """Return the folder of recorded facts (map files, measurements): NYDUS_FACTS, or `shared` beside the checkout."""
    folder = Path(os.environ.get("NYDUS_FACTS", Path(__file__).parents[2] / "shared"))
    if not (folder / "broodwar").is_dir():
        pytest.skip(f"no facts at {folder} (NYDUS_FACTS names another folder)")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that freezes the golden hashes anew."""
    parser.addoption("--update-golden", action="store_true", help="write the golden hashes of this engine; say why")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Return whether golden hashes are written instead of compared."""
    return bool(request.config.getoption("--update-golden"))
