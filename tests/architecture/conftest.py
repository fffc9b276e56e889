import os

import pytest


@pytest.fixture
def clean_environment():
    """Environment variables of a user's shell: nothing that shows the way to this repository's modules."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV_"))}
