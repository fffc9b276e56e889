"""What does not hold yet, by name and with the reason: each such test is expected to fail, and must.

A row or recording that starts to hold makes its test fail until it is struck from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ROWS_NOT_HELD: Final[Mapping[str, str]] = MappingProxyType({})
"""Oracle rows, by id."""

TRACES_NOT_HELD: Final[Mapping[str, str]] = MappingProxyType({})
"""Recordings, by name."""
