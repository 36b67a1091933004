"""How large a transaction may be: seen in one pass over its bytes, before anything is decoded.

Sending bytes costs nothing until they are found to be signed, so what they can cost the reader is
bounded before. The pass reads the heads of values (RFC 8949, 3), skips what is in them, and ends at
the first limit. Whether the bytes are canonical, it leaves to the decoder.
"""

BYTES = 1 << 20
"""Room for a component, which a dispute may put on the ledger whole."""
DEPTH = 16
"""Containers within containers; the terms of a version have six."""
VALUES = 1 << 14
"""Values in all; the terms of a version have three for each holder of each step."""

PIECE = 1 << 16
"""Bytes of a transaction for each of which it counts once more against its author's quota."""

_STRINGS = (2, 3)  # the major types of bytes and text
_LIST, _DICT, _TAG = 4, 5, 6


def pieces(size: int) -> int:
    """As how many transactions one of so many bytes counts against its author's quota."""
    return 1 + size // PIECE


def excess(data: bytes) -> str | None:
    """Which limit the bytes pass, and what to do; None if they pass none."""
    if len(data) > BYTES:
        return f"{len(data)} bytes: give {BYTES} at most"
    left = [1]  # values to come, in each container that is open
    at = values = 0
    while left and at < len(data):
        if left[-1] == 0:
            left.pop()
            continue
        left[-1] -= 1
        values += 1
        if values > VALUES:
            return f"more than {VALUES} values: give fewer"
        major, argument = divmod(data[at], 32)
        at += 1
        if argument >= 24:
            end = at + (1 << (argument - 24 & 3))  # a reserved length, the decoder refuses
            argument, at = int.from_bytes(data[at:end]), end
        if major in _STRINGS:
            at += argument
        elif major in (_LIST, _DICT, _TAG):
            left.append({_LIST: argument, _DICT: 2 * argument, _TAG: 1}[major])
            if len(left) > DEPTH + 1:
                return f"nested more than {DEPTH} deep: flatten it"
    return None
