"""`ByteLayer`: an attribute that is an array inside and, as in TorchCraft, a list of numbers outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable


class ByteLayer:
    """One byte per tile or pixel, row by row; the list is made anew by each access, changing it changes nothing.

    The array lies in the instance's attribute of the same name with `_` before it, and is never changed in place.
    """

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = f"_{name}"

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> ByteLayer: ...

    @overload
    def __get__(self, instance: object, owner: type[Any]) -> list[int]: ...

    def __get__(self, instance: object | None, owner: type[Any]) -> ByteLayer | list[int]:
        """Return the numbers."""
        if instance is None:
            return self
        numbers: list[int] = getattr(instance, self._name).tolist()
        return numbers

    def __set__(self, instance: object, numbers: Iterable[int]) -> None:
        """Take other numbers, 0 to 255."""
        setattr(instance, self._name, np.array(list(numbers), np.uint8))
