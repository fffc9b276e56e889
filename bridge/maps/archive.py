r"""Take `staredit\scenario.chk` out of a `.scm` or `.scx` archive with the StormLib that richchk bundles.

Only richchk's library file is used: importing its Python modules writes a log file into the installation, which fails
where that is read-only, and its own extraction goes through a file on disk.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
from functools import cache
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError

CHK_NAME: Final = b"staredit\\scenario.chk"

MAX_MAP_BYTES: Final = 64 << 20
"""Largest map file that is opened; the largest maps with sounds stay below 32 MiB."""

MAX_CHK_BYTES: Final = 16 << 20
"""Largest scenario.chk that is read: 256 x 256 tiles with full string and trigger sections stay below 8 MiB."""

MPQ_OPEN_READ_ONLY: Final = 0x100
SFILE_INVALID_SIZE: Final = 0xFFFFFFFF

_LIBRARIES: Final = {
    ("linux", "x86_64"): "dlls/linux/libstorm.so*",
    ("windows", "amd64"): "dlls/windows/x64/StormLib.dll",
    ("darwin", "arm64"): "dlls/macos/libstorm.*.dylib",
    ("darwin", "x86_64"): "dlls/macos/libStorm.dylib",
}


def read_chk(path: Path) -> bytes:
    """Return the scenario.chk inside a map file.

    Raises:
        ConfigError: the file is missing, too large, no map archive, damaged, or the extra `maps` is not installed.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
    if size > MAX_MAP_BYTES:
        raise ConfigError(f"{path}: {size} bytes; allowed: at most {MAX_MAP_BYTES}")
    return _storm(_library_path()).read(path, CHK_NAME)


def explode(data: bytes, size: int) -> bytes:
    """Return what PKWARE's Data Compression Library made `data` of: the compression of replay files.

    Args:
        data: compressed bytes.
        size: most bytes that may come out.

    Raises:
        ConfigError: the bytes are damaged, or the extra `maps` is not installed.
    """
    return _storm(_library_path()).explode(data, size)


@cache
def _storm(library: Path) -> _StormLib:
    return _StormLib(library)


def _library_path() -> Path:
    spec = importlib.util.find_spec("richchk")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("reading map files needs richchk, which bundles StormLib: pip install 'nydus-gym[maps]'")
    machine = (platform.system().lower(), platform.machine().lower())
    pattern = _LIBRARIES.get(machine)
    folder = Path(next(iter(spec.submodule_search_locations))) / "mpq" / "stormlib"
    found = sorted(folder.glob(pattern)) if pattern else []
    if not found:
        allowed = ", ".join(" ".join(known) for known in _LIBRARIES)
        raise ConfigError(f"richchk bundles no StormLib for {' '.join(machine)}; it has: {allowed}")
    return found[0]


class _StormLib:
    """The seven functions of StormLib that reading a map or a replay takes."""

    def __init__(self, library: Path) -> None:
        try:
            self._library = ctypes.CDLL(str(library))
        except OSError as error:
            raise ConfigError(f"StormLib cannot be loaded: {error}") from error
        handle, out_handle = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
        path_type = ctypes.c_wchar_p if os.name == "nt" else ctypes.c_char_p
        uint32, out_uint32 = ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)
        for name, restype, argtypes in (
            ("SFileOpenArchive", ctypes.c_bool, (path_type, uint32, uint32, out_handle)),
            ("SFileCloseArchive", ctypes.c_bool, (handle,)),
            ("SFileOpenFileEx", ctypes.c_bool, (handle, ctypes.c_char_p, uint32, out_handle)),
            ("SFileCloseFile", ctypes.c_bool, (handle,)),
            ("SFileGetFileSize", uint32, (handle, out_uint32)),
            ("SFileReadFile", ctypes.c_bool, (handle, ctypes.c_void_p, uint32, out_uint32, ctypes.c_void_p)),
        ):
            function = getattr(self._library, name)
            function.restype = restype
            function.argtypes = argtypes
        self._library.SCompExplode.restype = ctypes.c_int
        self._library.SCompExplode.argtypes = (
            ctypes.c_void_p,
            ctypes.POINTER(ctypes.c_int),
            ctypes.c_void_p,
            ctypes.c_int,
        )

    def explode(self, data: bytes, size: int) -> bytes:
        """Unpack one imploded block."""
        buffer = ctypes.create_string_buffer(max(size, 1))
        got = ctypes.c_int(size)
        if not self._library.SCompExplode(buffer, ctypes.byref(got), data, len(data)):
            raise ConfigError(f"damaged: a block of {len(data)} bytes cannot be unpacked")
        return buffer.raw[: got.value]

    def read(self, path: Path, name: bytes) -> bytes:
        """Return one file of an archive."""
        archive = ctypes.c_void_p()
        native = str(path) if os.name == "nt" else os.fsencode(path)
        if not self._library.SFileOpenArchive(native, 0, MPQ_OPEN_READ_ONLY, ctypes.byref(archive)):
            raise ConfigError(f"{path}: not a map file (no MPQ archive)")
        try:
            return self._read_file(path, archive, name)
        finally:
            self._library.SFileCloseArchive(archive)

    def _read_file(self, path: Path, archive: ctypes.c_void_p, name: bytes) -> bytes:
        file = ctypes.c_void_p()
        shown = name.decode("ascii")
        if not self._library.SFileOpenFileEx(archive, name, 0, ctypes.byref(file)):
            raise ConfigError(f"{path}: not a StarCraft map ({shown} is not in the archive)")
        try:
            size = self._library.SFileGetFileSize(file, None)
            if size == SFILE_INVALID_SIZE or size > MAX_CHK_BYTES:
                raise ConfigError(f"{path}: {shown} has {size} bytes; allowed: at most {MAX_CHK_BYTES}")
            buffer = ctypes.create_string_buffer(max(size, 1))
            got = ctypes.c_uint32()
            if not self._library.SFileReadFile(file, buffer, size, ctypes.byref(got), None) or got.value != size:
                raise ConfigError(f"{path}: damaged ({shown}: {got.value} of {size} bytes can be unpacked)")
            return buffer.raw[:size]
        finally:
            self._library.SFileCloseFile(file)
