"""What meshopt's compression of glTF holds: attributes, triangles and indices, and the filters over them.

It runs apart (`unpack`), so it imports nothing of ours. Whatever is wrong with a stream raises, and no loop is longer
than its output or its input.

Source: glTF's EXT_meshopt_compression and KHR_meshopt_compression, appendices A (bitstream) and B (filters).
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

GROUP = 16
"Elements whose deltas are packed in one way."
BLOCK_BYTES, BLOCK_ELEMENTS = 8192, 256
AT_ONCE = 65536
"Groups that are spread out at a time, so that little memory is needed beside the result."
WIDTHS = {0: ((0, 2, 4, 8),), 1: ((0, 1, 2, 4), (1, 2, 4, 8))}
"By version and control mode: the bits a delta has in each of four ways to pack a group."
NOTHING, LITERAL = 2, 3
"Control modes without headers."
TAIL_LEAST = {0: 32, 1: 24}
FOURS = [tuple(byte >> shift & 3 for shift in (0, 2, 4, 6)) for byte in range(256)]
LIMIT = 0xFFFFFFFF


def decoded(mode: str, kind: str, count: int, stride: int, stream: bytes, /) -> Bytes:
    """(count * stride,) bytes of a buffer view, by its mode and filter. Raises where the stream is not so."""
    if mode == "ATTRIBUTES":
        values = attributes(stream, count, stride)
        return np.ascontiguousarray(FILTERS[kind](values, stride) if kind != "NONE" else values).view(np.uint8).ravel()
    numbers = triangles(stream, count) if mode == "TRIANGLES" else indices(stream, count)
    plain: Bytes = numbers.astype("<u2" if stride == 2 else "<u4").view(np.uint8)
    return plain


def attributes(stream: bytes, count: int, stride: int, /) -> Bytes:
    """(count, stride): each byte of an element is packed as what it is more than in the one before."""
    version = stream[0] - 0xA0
    own = stride + (stride // 4 if version == 1 else 0)
    end = len(stream) - max(own, TAIL_LEAST[version])
    data = np.frombuffer(stream + bytes(2 * GROUP), np.uint8)
    block = min(BLOCK_BYTES // stride & -GROUP, BLOCK_ELEMENTS)
    at, bits = _groups(stream, data, version, count, stride, block, end)
    groups = _spread(data, at, bits)
    whole = count // block * block * stride // GROUP
    deltas = np.concatenate(
        [
            groups[:whole].reshape(-1, stride, block).transpose(1, 0, 2).reshape(stride, -1),
            groups[whole:].reshape(stride, -1),
        ],
        axis=1,
    )[:, :count]
    tail = data[len(stream) - own : len(stream)]
    channels = tail[stride:] if version else np.zeros(stride // 4, np.uint8)
    values = np.empty((count, stride), np.uint8)
    for number, channel in enumerate(channels.tolist()):
        span = slice(4 * number, 4 * number + 4)
        values[:, span] = _summed(deltas[span], tail[:stride][span], channel)
    return values


def _groups(
    stream: bytes, data: Bytes, version: int, count: int, stride: int, block: int, end: int
) -> tuple[Any, Bytes]:
    """Where each group begins, and the bits of each of its deltas, in the stream's own order."""
    sizes = {0: bytes(len(data)), 8: bytes([GROUP]) * len(data)} | {width: _sizes(data, width) for width in (1, 2, 4)}
    ways = [[(width, sizes[width]) for width in widths] for widths in WIDTHS[version]]
    at, bits, here = array("q"), bytearray(), 1
    for first in range(0, count, block):
        elements = min(block, count - first)
        groups = -(-elements // GROUP)
        controls = [0] * stride
        if version:
            controls = [mode for byte in stream[here : here + stride // 4] for mode in FOURS[byte]]
            here += stride // 4
        for control in controls:
            if control == NOTHING:
                at.extend([here] * groups)
                bits += bytes(groups)
            elif control == LITERAL:
                at.extend(range(here, here + groups * GROUP, GROUP))
                bits += b"\x08" * groups
                here += elements
            else:
                way, left = ways[control], groups
                head = stream[here : here + -(-groups // 4)]
                here += len(head)
                for byte in head:
                    for kind in FOURS[byte][:left]:
                        width, size = way[kind]
                        at.append(here)
                        bits.append(width)
                        here += size[here]
                    left -= 4
        if here > end:
            raise ValueError("the stream ends too early")
    if here != end:
        raise ValueError("the stream goes on after its end")
    return np.frombuffer(at, np.int64), np.frombuffer(bits, np.uint8)


def _sizes(data: Bytes, width: int) -> bytes:
    """How long a group that begins at each byte is: its packed deltas, and one byte for each that has all bits set."""
    top = (1 << width) - 1
    full = np.zeros(256, np.uint8)
    for shift in range(0, 8, width):
        full += (np.arange(256) >> shift & top) == top
    far = full[np.concatenate([data, np.zeros(2 * width, np.uint8)])]
    total = np.full(len(data), 2 * width, np.uint8)
    for more in range(2 * width):
        total += far[more : more + len(data)]
    return total.tobytes()


def _spread(data: Bytes, at: Any, bits: Bytes) -> Bytes:
    """(groups, 16) deltas, one byte each."""
    out = np.zeros((len(at), GROUP), np.uint8)
    for width in (1, 2, 4, 8):
        every = np.flatnonzero(bits == width)
        shifts = np.arange(0, 8, width, dtype=np.uint8)
        shifts = shifts if width == 1 else shifts[::-1]
        for first in range(0, len(every), AT_ONCE):
            which = every[first : first + AT_ONCE]
            start = at[which][:, None]
            packed = data[start + np.arange(2 * width)]
            if width == 8:
                out[which] = packed
                continue
            top = (1 << width) - 1
            deltas = (packed[:, :, None] >> shifts & top).reshape(-1, GROUP)
            far = deltas == top
            out[which] = np.where(far, data[start + 2 * width - 1 + np.cumsum(far, axis=1)], deltas)
    return out


def _summed(deltas: Bytes, base: Bytes, channel: int) -> Bytes:
    """(count, 4) of the four bytes that go together, from (4, count) deltas to the element before."""
    if channel > 1 and channel & 15 != 2:
        raise ValueError("a channel is of no known mode")
    kind = np.dtype(("u1", "<u2", "<u4")[channel & 3])
    packed = np.ascontiguousarray(deltas.T).view(kind)
    start = np.ascontiguousarray(base).view(kind)
    if channel > 1:
        turn = channel >> 4
        packed = packed >> np.uint32(turn) | packed << np.uint32(-turn & 31)
        return np.ascontiguousarray(np.bitwise_xor.accumulate(packed, axis=0) ^ start).view(np.uint8)
    signed = packed >> kind.type(1) ^ -(packed & kind.type(1))
    return np.ascontiguousarray(np.cumsum(signed, axis=0, dtype=kind) + start).view(np.uint8)


def triangles(stream: bytes, count: int, /) -> Any:
    """(count,) corners: each triangle by an edge and a corner that were met lately."""
    end, here = len(stream) - 16, 1 + count // 3
    codes, table = stream[1:here], stream[end:]
    if stream[0] != 0xE1 or here > end or any(table[14:]) or any(byte >> 4 == 15 or byte & 15 == 15 for byte in table):
        raise ValueError("these are no triangles")
    # what was never pushed is None: it cannot be taken apart, nor be a corner
    edges: list[Any] = [None] * 16
    corners: list[Any] = [None] * 16
    # how many edges and corners were pushed; the next corner that was never met; the last that was said in full
    edge = corner = fresh = last = 0
    out = array("I")

    def said(here: int, last: int) -> tuple[int, int]:
        """(the next byte's place, corner) of one that is said in full."""
        value = shift = 0
        while True:
            byte = stream[here]
            here += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return here, last + (value >> 1 ^ -(value & 1)) & LIMIT
            shift += 7
            if shift > 28:
                raise ValueError("a number is too long")

    for code in codes:
        if code < 0xF0:
            low = code & 15
            a, b = edges[edge - 1 - (code >> 4) & 15]
            if low == 0:
                c, fresh = fresh, fresh + 1 & LIMIT
            elif low < 13:
                c = corners[corner - 1 - low & 15]
            elif low < 15:
                c = last = last + (1 if low == 14 else -1) & LIMIT
            else:
                here, last = said(here, last)
                c = last
            if low == 0 or low > 12:
                corners[corner & 15] = c
                corner += 1
        else:
            pair = table[code & 15]
            if code > 0xFD:
                pair = stream[here]
                here += 1
                if not pair:
                    fresh = 0
            met = corner  # corners are counted back from before this triangle; its own overwrite none of the 14
            if code == 0xFF:
                here, last = said(here, last)
                a = last
            else:
                a, fresh = fresh, fresh + 1 & LIMIT
            corners[corner & 15] = a
            corner += 1
            both = []
            for place in (pair >> 4, pair & 15):
                if 0 < place < 15:
                    both.append(corners[met - place & 15])
                    continue
                if place:
                    here, last = said(here, last)
                    new = last
                else:
                    new, fresh = fresh, fresh + 1 & LIMIT
                both.append(new)
                corners[corner & 15] = new
                corner += 1
            b, c = both
            edges[edge & 15] = b, a
            edge += 1
        edges[edge & 15] = c, b
        edges[edge + 1 & 15] = a, c
        edge += 2
        out.append(a)
        out.append(b)
        out.append(c)
    if here != end:
        raise ValueError("the stream does not end where it should")
    return np.frombuffer(out, np.uint32)


def indices(stream: bytes, count: int, /) -> Any:
    """(count,) numbers, each as what it is more than the last of one of two rows."""
    body = np.frombuffer(stream, np.uint8)[1 : len(stream) - 4]
    ends = np.flatnonzero(body < 128)
    if stream[0] != 0xD1 or len(ends) != count or ends[-1] + 1 != len(body):
        raise ValueError("these are not so many indices")
    starts = np.concatenate([[0], ends[:-1] + 1])
    if (ends - starts).max() > 4:
        raise ValueError("a number is too long")
    shifts = (np.arange(len(body)) - np.repeat(starts, ends - starts + 1)).astype(np.uint32) * np.uint32(7)
    said = np.bitwise_or.reduceat((body & 127).astype(np.uint32) << shifts, starts)
    deltas = said >> np.uint32(2) ^ -(said >> np.uint32(1) & np.uint32(1))
    second = (said & 1).astype(bool)
    return np.where(
        second,
        np.cumsum(np.where(second, deltas, 0), dtype=np.uint32),
        np.cumsum(np.where(second, 0, deltas), dtype=np.uint32),
    )


def octahedral(values: Bytes, stride: int, /) -> Any:
    """Unit vectors from a square folded over an octahedron, and the fourth number as it is."""
    said = values.view("i1" if stride == 4 else "<i2")
    one = np.maximum(said[:, 2:3], 1).astype(np.float32)
    ground = said[:, :2] / one
    height = 1 - np.abs(ground).sum(axis=1, keepdims=True)
    ground -= np.copysign(np.minimum(height, 0), ground)
    vectors = np.concatenate([ground, height], axis=1)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    out = said.copy()
    out[:, :3] = np.rint(vectors * np.iinfo(said.dtype).max)
    return out


def quaternion(values: Bytes, stride: int, /) -> Any:
    """Four numbers from the three smaller ones of a unit quaternion."""
    said = values.view("<i2")
    one = np.maximum(said[:, 3:] | 3, 3).astype(np.float32)
    small = said[:, :3] / (one * np.sqrt(np.float32(2)))
    large = np.sqrt(np.maximum(1 - (small**2).sum(axis=1, keepdims=True), 0))
    turned = np.rint(np.clip(np.concatenate([large, small], axis=1), -1, 1) * 32767).astype("<i2")
    which = (said[:, 3:] & 3) + np.arange(4)
    out = np.empty_like(turned)
    np.put_along_axis(out, which % 4, turned, axis=1)
    return out


def exponential(values: Bytes, stride: int, /) -> Any:
    """Floats from 24 bits of number and 8 of exponent of two."""
    said = values.view("<i4")
    with np.errstate(over="ignore"):
        return np.ldexp((said << 8 >> 8).astype(np.float32), said >> 24)


def color(values: Bytes, stride: int, /) -> Any:
    """Red, green, blue and alpha from luma, two of chroma, and alpha whose highest bit says how many bits all have."""
    kind = np.dtype("u1" if stride == 4 else "<u2")
    alpha = values.view(kind)[:, 3].astype(np.int32)
    luma = values.view(kind)[:, 0].astype(np.int32)
    orange, green = values.view(kind.str.replace("u", "i"))[:, 1:3].astype(np.int32).T
    most = (1 << np.frexp(np.maximum(alpha, 1).astype(np.float64))[1].astype(np.int32)) - 1
    alpha &= most >> 1
    told = np.stack([luma + orange - green, luma + green, luma - orange - green, alpha << 1 | alpha & 1], axis=1)
    top = np.iinfo(kind).max
    return np.clip(np.rint(told * (top / most[:, None])), 0, top).astype(kind)


FILTERS = {"OCTAHEDRAL": octahedral, "QUATERNION": quaternion, "EXPONENTIAL": exponential, "COLOR": color}
