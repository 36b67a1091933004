"""Ed25519 by its definition, slowly: which rule a signature breaks, and signatures that are odd.

Written from RFC 8032 and what `docs/formats/signatures.md` says; it shares nothing with libsodium.
"""

from hashlib import sha512
from typing import TypeAlias

Point: TypeAlias = tuple[int, int]

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
"""The order of the base point."""
_D = -121665 * pow(121666, P - 2, P) % P
_ROOT = pow(2, (P - 1) // 4, P)  # of -1
ZERO: Point = (0, 1)


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    (a, b), (c, d) = one, other
    t = _D * a * b * c * d
    return (a * d + b * c) * pow(1 + t, P - 2, P) % P, (b * d + a * c) * pow(1 - t, P - 2, P) % P


def times(count: int, point: Point) -> Point:
    """So many times a point."""
    found = ZERO
    for bit in f"{count:b}":
        found = add(found, found)
        if bit == "1":
            found = add(found, point)
    return found


def on_curve(y: int, odd: int) -> Point | None:
    """The point with a coordinate, and an x that is odd or even; None if there is none."""
    square = (y * y - 1) * pow(_D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * _ROOT % P
    if (x * x - square) % P:
        return None
    return (x if x % 2 == odd else -x % P), y % P


def written(point: Point) -> bytes:
    """The 32 bytes of a point."""
    return (point[1] | point[0] % 2 << 255).to_bytes(32, "little")


def read(data: bytes) -> Point | None:
    """The point in 32 bytes, also where they are not those in which it is written."""
    number = int.from_bytes(data, "little")
    return on_curve(number % 2**255, number >> 255)


def _base() -> Point:
    found = on_curve(4 * pow(5, P - 2, P) % P, 0)
    assert found is not None
    return found


BASE = _base()


def challenge(nonce: bytes, public: bytes, message: bytes) -> int:
    """What stands before the key in the equation, already reduced."""
    return int.from_bytes(sha512(nonce + public + message).digest(), "little") % L


def signed(secret: int, public: bytes, commitment: tuple[int, bytes], message: bytes) -> bytes:
    """The signature of a number for a key, with R and what R is thought to be a multiple by."""
    number, nonce = commitment
    answer = (number + challenge(nonce, public, message) * secret) % L
    return nonce + answer.to_bytes(32, "little")


def broken(public: bytes, message: bytes, signature: bytes) -> str | None:
    """The first rule that a signature breaks, by its code; None if it is one."""
    if len(public) != 32 or len(signature) != 64:
        return "length"
    nonce, answer = signature[:32], int.from_bytes(signature[32:], "little")
    if answer >= L:
        return "scalar"
    if _is_small(nonce):
        return "commitment"
    key = read(public)
    if key is None or int.from_bytes(public, "little") % 2**255 >= P or _is_small(public):
        return "key"
    minus = -key[0] % P, key[1]
    found = add(times(answer, BASE), times(challenge(nonce, public, message), minus))
    return None if written(found) == nonce else "equation"


def _is_small(data: bytes) -> bool:
    point = read(data)
    return point is not None and times(8, point) == ZERO
