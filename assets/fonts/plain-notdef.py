#!/usr/bin/env python3
"""Replaces the striped box that Inter draws for characters that no font has by a plain outline, in place:

    plain-notdef.py Inter-Regular.otf Inter-SemiBold.otf

Only the first charstring of the CFF table and two checksums change, so the files keep their size and all other glyphs. Run it on
Inter as downloaded.
"""

import struct
import sys


def number(value):
    """An integer operand of a Type 2 charstring."""
    if -107 <= value <= 107:
        return bytes([value + 139])
    if 108 <= value <= 1131:
        return bytes([(value - 108) // 256 + 247, (value - 108) % 256])
    if -1131 <= value <= -108:
        return bytes([(-value - 108) // 256 + 251, (-value - 108) % 256])
    return b"\x1c" + struct.pack(">h", value)


def program(width, left, right, height, stroke):
    """An outline of a box on the baseline; the inside runs the other way round. `width` is relative to nominalWidthX."""
    hmoveto, hlineto, rmoveto, endchar = (bytes([code]) for code in (22, 6, 21, 14))
    box = right - left
    inner = (box - 2 * stroke, height - 2 * stroke)
    return b"".join(
        [number(width), number(left), hmoveto]
        + [number(box), number(height), number(-box), hlineto]
        + [number(stroke), number(-stroke), rmoveto]
        + [number(inner[0]), number(-inner[1]), number(-inner[0]), hlineto, endchar]
    )


# Width, left and right as in the original; the height is that of capitals.
SHAPES = {
    "Inter-Regular.otf": program(1061, 248, 2552, 2048, 240),
    "Inter-SemiBold.otf": program(1094, 277, 2627, 2048, 320),
}


def index(data, at):
    """Where the items of a CFF INDEX begin and end."""
    count, size = struct.unpack_from(">HB", data, at)
    if count == 0:
        return [], at + 2
    offsets = [int.from_bytes(data[at + 3 + i * size : at + 3 + (i + 1) * size], "big") for i in range(count + 1)]
    base = at + 2 + (count + 1) * size
    return [(base + a, base + b) for a, b in zip(offsets, offsets[1:])], base + offsets[-1]


def charstrings_offset(top_dict):
    """Operator 17 of the Top DICT."""
    operands, at = [], 0
    while at < len(top_dict):
        first = top_dict[at]
        if first == 28:
            operands.append(struct.unpack_from(">h", top_dict, at + 1)[0])
            at += 3
        elif first == 29:
            operands.append(struct.unpack_from(">i", top_dict, at + 1)[0])
            at += 5
        elif first == 30:
            at += 1
            while top_dict[at] & 15 != 15:
                at += 1
            at += 1
        elif first >= 251:
            operands.append(-(first - 251) * 256 - top_dict[at + 1] - 108)
            at += 2
        elif first >= 247:
            operands.append((first - 247) * 256 + top_dict[at + 1] + 108)
            at += 2
        elif first >= 32:
            operands.append(first - 139)
            at += 1
        elif first == 17:
            return operands[-1]
        else:
            operands = []
            at += 2 if first == 12 else 1
    raise ValueError("no CharStrings")


def checksum(data):
    data = data + bytes(-len(data) % 4)
    return sum(struct.unpack(f">{len(data) // 4}I", data)) & 0xFFFFFFFF


def patch(path):
    font = bytearray(open(path, "rb").read())
    tables = {}
    for i in range(struct.unpack_from(">H", font, 4)[0]):
        record = 12 + 16 * i
        tables[bytes(font[record : record + 4])] = (record, *struct.unpack_from(">II", font, record + 8))
    record, start, length = tables[b"CFF "]
    cff = bytearray(font[start : start + length])
    _names, after_names = index(cff, cff[2])
    top_dicts, _ = index(cff, after_names)
    glyphs, _ = index(cff, charstrings_offset(cff[slice(*top_dicts[0])]))
    begin, end = glyphs[0]
    shape = SHAPES[path.rsplit("/", 1)[-1]]
    assert len(shape) <= end - begin, "the outline does not fit"
    cff[begin:end] = shape.ljust(end - begin, b"\x0e")
    font[start : start + length] = cff
    struct.pack_into(">I", font, record + 4, checksum(bytes(cff)))
    head = tables[b"head"][1]
    struct.pack_into(">I", font, head + 8, 0)
    struct.pack_into(">I", font, head + 8, (0xB1B0AFBA - checksum(bytes(font))) & 0xFFFFFFFF)
    open(path, "wb").write(font)


for name in sys.argv[1:]:
    patch(name)
