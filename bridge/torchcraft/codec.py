"""Bytes to messages and back: what a TorchCraft client and server say to each other.

`encode` writes either side's messages; `decode_server` and `decode_client` read those of the side they are named after.
Any producer's bytes are read, with fields in any place; absent fields count as 0 and empty, as the protocol has it.
Bytes that are no message raise `WireError`, and nothing of them is given away.

The kernels behind it are compiled once, at the first use on a machine (`prepare`).
"""

from __future__ import annotations

import sys

from bridge.torchcraft.codec_decode import decode_client, decode_record, decode_server
from bridge.torchcraft.codec_encode import encode, encode_difference, encode_record
from bridge.torchcraft.codec_warmup import prepare
from bridge.torchcraft.flatbuffer import WireError

__all__ = [
    "WireError",
    "decode_client",
    "decode_record",
    "decode_server",
    "encode",
    "encode_difference",
    "encode_record",
    "prepare",
]

if sys.byteorder != "little":
    raise ImportError("the wire is little endian, and so must the machine be that copies records to and from it")
