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

PIECE, HANDFUL = 1 << 16, 1 << 8
"""Bytes and values of a transaction for each of which it counts once more against its author's
quota: of so many values the reader makes as much work as of a small transaction."""
LARGEST = 1 + BYTES // PIECE
"""As how many transactions one of few values counts at most."""

_STRINGS = (2, 3)  # the major types of bytes and text
_LIST, _DICT, _TAG = 4, 5, 6


def pieces(body: bytes) -> int:
    """As how many transactions one with such a body counts against its author's quota."""
    values, _ = _counted(body)
    return 1 + len(body) // PIECE + values // HANDFUL


def excess(data: bytes) -> str | None:
    """Which limit the bytes pass, and what to do; None if they pass none."""
    if len(data) > BYTES:
        return f"{len(data)} bytes: give {BYTES} at most"
    values, depth = _counted(data)
    if values > VALUES:
        return f"more than {VALUES} values: give fewer"
    if depth > DEPTH:
        return f"nested more than {DEPTH} deep: flatten it"
    return None


def _counted(data: bytes) -> tuple[int, int]:
    """The values, and how many containers are open at the end, or where either is too many."""
    left = [1]  # values to come, in each container that is open
    at = values = 0
    while left and at < len(data):
        if left[-1] == 0:
            left.pop()
            continue
        left[-1] -= 1
        values += 1
        if values > VALUES:
            break
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
                break
    return values, len(left) - 1
