# SPDX-License-Identifier: GPL-2.0-only
"""The symbols of a guest's kernel, from the table (kallsyms) that its bzImage has for itself.

Debian's System.map is empty, and its debug package has nearly a gigabyte; what the kernel prints in an oops
is in the image that is booted anyway. For 64-bit kernels from 5.10 to 6.12, the two orders of the table's
parts that these have.
"""

import lzma
import re
import struct
import subprocess

from .. import packages
from ..base import UserError

TOKENS = 256
# Each digit is a token of its own, which stands at the place of its character.
DIGITS = b"".join(b"%d\0" % digit for digit in range(10))
PER_MARKER = 256
FEWEST, MOST = 10_000, 1_000_000
KERNEL_BASE = 0xFFFFFFFF80000000
# Magic numbers of what Debian packs kernels with -> the package whose program unpacks it.
PACKERS = {b"\x02\x21\x4c\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstd"}


def unpacked(image, progress):
    """The vmlinux in a bzImage. See "The real-mode kernel header" in the kernel's boot protocol."""
    if image[0x202:0x206] != b"HdrS":
        raise UserError("that is no Linux bzImage")
    code = ((image[0x1F1] or 4) + 1) * 512
    offset, length = struct.unpack_from("<II", image, 0x248)
    packed = image[code + offset : code + offset + length]
    if packed.startswith(b"\xfd7zXZ"):
        return lzma.LZMADecompressor().decompress(packed)
    program = PACKERS.get(packed[:4])
    if program is None:
        raise UserError("that kernel is packed in a way that is not known here")
    packages.ensure((program,), progress)
    # Behind the data is its size, which the program complains of.
    return subprocess.run([program, "-dc"], input=packed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False).stdout  # fmt: skip


def up(place, size=8):
    """The next multiple of `size`."""
    return -(-place // size) * size


def tokens_at(data):
    """(place of the token table, place behind its index, tokens)."""
    for match in re.finditer(re.escape(DIGITS), data):
        end = match.start()
        for _ in range(TOKENS - ord("0")):
            end = data.index(b"\0", end) + 1
        at = up(end)
        index = struct.unpack_from(f"<{TOKENS}H", data, at)
        start = match.start() - index[ord("0")]
        if index[0] == 0 and list(index) == sorted(index) and start > 0:
            return start, at + 2 * TOKENS, [data[start + i : data.index(b"\0", start + i)] for i in index]
    raise UserError("that kernel has no kallsyms")


def names_before(data, tokens_place):
    """(place of their number, packed names) of the table whose tokens are there."""
    for place in range(up(tokens_place) - 16, max(0, tokens_place - (16 << 20)), -8):
        count, zero = struct.unpack_from("<II", data, place)
        if FEWEST < count < MOST and zero == 0:
            found = packed_names(data, place + 8, count, tokens_place)
            if found:
                return place, found
    raise UserError("that kernel's kallsyms has an order that is not known here")


def packed_names(data, at, count, limit):
    """Names at a place, if markers follow that fit them."""
    found, begin, marks = [], at, []
    for number in range(count):
        if number % PER_MARKER == 0:
            marks.append(at - begin)
        length = data[at]
        at += 1
        if length & 0x80:
            length = length & 0x7F | data[at] << 7
            at += 1
        if not length or at + length > limit:
            return None
        found.append(data[at : at + length])
        at += length
    markers = data[up(at) : up(at) + 4 * len(marks)]
    return found if markers == struct.pack(f"<{len(marks)}I", *marks) else None


def addresses(data, count, number_place, behind_index):
    """The symbols' addresses: of a table before the names, or behind the tokens' index."""
    size = up(4 * count)
    for offsets, base_place in (
        (number_place - 8 - size, number_place - 8),
        (behind_index, behind_index + size),
    ):
        (base,) = struct.unpack_from("<Q", data, base_place)
        if base >= KERNEL_BASE:
            found = struct.unpack_from(f"<{count}i", data, offsets)
            # Those of the CPUs' own areas are absolute.
            return [offset if offset >= 0 else base - 1 - offset for offset in found]
    raise UserError("that kernel's kallsyms has addresses that are not known here")


def symbols(image, progress):
    """[(address, type as nm writes it, name)] of a bzImage's bytes."""
    data = unpacked(image, progress)
    place, behind_index, tokens = tokens_at(data)
    number_place, packed = names_before(data, place)
    texts = [b"".join(tokens[byte] for byte in name).decode(errors="replace") for name in packed]
    found = zip(addresses(data, len(texts), number_place, behind_index), texts)
    return [(address, text[0], text[1:]) for address, text in found]
