"""A Windows program of 1.5 KB, made byte by byte: it creates the file `ready` where it runs, then sleeps for ever.

    CreateFileA("ready", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL); Sleep(INFINITE);

PE32+ for x86-64 with one section, whose parts lie at fixed places (offsets into the section):
"""

from __future__ import annotations

import struct

IMAGE_BASE = 0x1_4000_0000
SECTION_RVA, SECTION_FILE, SECTION_BYTES = 0x1000, 0x200, 0x400
CODE, FILE_NAME, IMPORTS, LOOKUPS, ADDRESSES, CREATE, SLEEP, LIBRARY = (
    0x000,
    0x100,
    0x140,
    0x180,
    0x1A0,
    0x1C0,
    0x1E0,
    0x200,
)


def _relative(at: int, length: int, to: int) -> bytes:
    """Return the distance from the end of an instruction of `length` bytes at `at`."""
    return struct.pack("<i", to - (at + length))


def _code() -> bytes:
    code = bytearray()

    def add(opcode: str, target: int | None = None) -> None:
        raw = bytes.fromhex(opcode)
        code.extend(raw if target is None else raw + _relative(CODE + len(code), len(raw) + 4, target))

    add("48 83 ec 48")  # sub rsp, 0x48
    add("48 8d 0d", FILE_NAME)  # lea rcx, [file name]
    add("ba 00 00 00 40")  # mov edx, GENERIC_WRITE
    add("45 31 c0 45 31 c9")  # xor r8d, r8d; xor r9d, r9d
    add("c7 44 24 20 02 00 00 00")  # mov dword [rsp+0x20], CREATE_ALWAYS
    add("c7 44 24 28 80 00 00 00")  # mov dword [rsp+0x28], FILE_ATTRIBUTE_NORMAL
    add("48 c7 44 24 30 00 00 00 00")  # mov qword [rsp+0x30], 0
    add("ff 15", ADDRESSES)  # call [CreateFileA]
    add("b9 ff ff ff ff")  # mov ecx, INFINITE
    add("ff 15", ADDRESSES + 8)  # call [Sleep]
    return bytes(code)


def program() -> bytes:
    """Return the file's bytes."""
    thunks = struct.pack("<QQQ", SECTION_RVA + CREATE, SECTION_RVA + SLEEP, 0)
    parts = {
        CODE: _code(),
        FILE_NAME: b"ready\0",
        IMPORTS: struct.pack("<IIIII", SECTION_RVA + LOOKUPS, 0, 0, SECTION_RVA + LIBRARY, SECTION_RVA + ADDRESSES),
        LOOKUPS: thunks,
        ADDRESSES: thunks,
        CREATE: b"\0\0CreateFileA\0",
        SLEEP: b"\0\0Sleep\0",
        LIBRARY: b"kernel32.dll\0",
    }
    section = bytearray(SECTION_BYTES)
    for at, part in parts.items():
        section[at : at + len(part)] = part
    dos = b"MZ" + bytes(58) + struct.pack("<I", 0x40)
    file_header = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0xF0, 0x22)
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
        *(0x20B, 14, 0, SECTION_BYTES, 0, 0, SECTION_RVA + CODE, SECTION_RVA, IMAGE_BASE, 0x1000, 0x200),
        *(6, 0, 0, 0, 6, 0, 0, 0x2000, SECTION_FILE, 0, 3, 0),
        *(0x100000, 0x1000, 0x100000, 0x1000, 0, 16),
    )
    directories = bytearray(16 * 8)
    struct.pack_into("<II", directories, 8, SECTION_RVA + IMPORTS, 40)
    section_header = struct.pack(
        "<8sIIIIIIHHI", b".all", SECTION_BYTES, SECTION_RVA, SECTION_BYTES, SECTION_FILE, 0, 0, 0, 0, 0xE0000020
    )
    headers = dos + b"PE\0\0" + file_header + optional + bytes(directories) + section_header
    return headers.ljust(SECTION_FILE, b"\0") + bytes(section)
