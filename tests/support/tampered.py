"""Ledgers that somebody tampered with: whoever has the file, or its node, with what keys it has."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import attrs

from impl.ledger.transaction import MalformedTransaction, Transaction, parse
from tests.support.invented import kinds_of, value_of
from tests.support.told import KEYS, Told

_KEYS = list(KEYS.values())

# By whoever has the file


def flip(chance: Random, path: Path) -> None:
    """Change some bytes of the file."""
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 1, 1, 4])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def cut(chance: Random, path: Path) -> None:
    """Cut the file short, or write on."""
    data = path.read_bytes()
    end = chance.randrange(len(data) + 1)
    path.write_bytes(data[:end] + chance.choice([b"", chance.randbytes(9), data]))


_BLOCK = "DELETE FROM block WHERE height"
_ENTRIES = "DELETE FROM entry WHERE height"
_MOVED = "WHERE position IN (:one, :other)"
_CHANGES = [
    [f"{_BLOCK} >= :at", f"{_ENTRIES} >= :at"],
    [f"{_BLOCK} = :at", f"{_ENTRIES} = :at"],
    [f"{_BLOCK} = :at"],
    [f"{_ENTRIES} = :at"],
    ["DELETE FROM entry WHERE position = :one"],
    ["UPDATE block SET height = height + 1000 WHERE height >= :at"],
    [
        "UPDATE block SET height = -height WHERE height IN (:at, :last)",
        "UPDATE block SET height = :at + :last + height WHERE height < 0",
    ],
    [
        f"UPDATE entry SET position = -1 - position {_MOVED}",
        "UPDATE entry SET position = :one + :other + 1 + position WHERE position < 0",
    ],
    ["UPDATE entry SET data = (SELECT data FROM entry WHERE position = :one) WHERE height = :at"],
    ["UPDATE block SET signature = (SELECT signature FROM block WHERE height = :at)"],
    ["INSERT INTO entry SELECT :count, height, data FROM entry WHERE position = :one"],
    [
        "INSERT INTO block SELECT :last + 1, previous, root, count, digest, signature FROM block"
        " WHERE height = :at"
    ],
    ["UPDATE genesis SET data = :junk"],
    ["DELETE FROM genesis"],
    ["INSERT INTO genesis SELECT data FROM genesis"],
    ["UPDATE writer SET at_work = 1 - at_work"],
    ["DELETE FROM writer"],
    ["CREATE TABLE more (data)"],
]
"""What whoever knows the tables can do to them, as statements of SQL."""


def change(chance: Random, path: Path) -> None:
    """Change what is in the tables."""
    with closing(sqlite3.connect(path)) as file, file:
        [(last,)] = file.execute("SELECT max(height) FROM block")
        [(count,)] = file.execute("SELECT count(*) FROM entry")
        given = {
            "at": chance.randint(1, last),
            "last": last,
            "one": chance.randrange(count),
            "other": chance.randrange(count),
            "count": count,
            "junk": chance.randbytes(9),
        }
        for statement in chance.choice(_CHANGES):
            file.execute(statement, given)


# By its node


def retold(chance: Random, told: Told) -> Told:
    """A ledger from which its node drops something, or which it repeats, moves or alters."""
    said, at = [*told.said], chance.randrange(len(told.said))
    match chance.randrange(5):
        case 0:
            del said[at]
        case 1:
            said.insert(chance.randrange(len(said) + 1), said[at])
        case 2:
            said.insert(chance.randrange(len(said)), said.pop(at))
        case 3:
            said[at] = altered(chance, told, parse(said[at]).transaction)
        case _:
            data = bytearray(said[at])
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            said[at] = bytes(data)
    made = attrs.evolve(told, said=said)
    return signed_anew(made) if chance.random() < 0.7 else made


def altered(chance: Random, told: Told, said: Transaction) -> bytes:
    """A transaction that says something else."""
    author = chance.choice([said.author, said.author, chance.choice(_KEYS).public])
    kind = chance.choice([said.kind] * 4 + [*kinds_of(told), "shout"])
    body = dict(said.body)
    if body and chance.random() < 0.8:
        name = chance.choice([*body])
        body[name] = value_of(chance, told, name, type(body[name]))
    return attrs.evolve(said, author=author, kind=kind, body=body).signed(KEYS[author])


def signed_anew(told: Told) -> Told:
    """All of it with the numbers and signatures that it takes; what is no transaction stays."""
    said, nonces = list[bytes](), Counter[bytes]()
    for data in told.said:
        try:
            transaction = parse(data).transaction
            key = KEYS[transaction.author]
        except (MalformedTransaction, KeyError):
            said.append(data)
            continue
        nonce = nonces[key.public]
        nonces[key.public] += 1
        said.append(attrs.evolve(transaction, nonce=nonce).signed(key))
    return attrs.evolve(told, said=said)
