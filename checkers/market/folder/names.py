"""Who takes part in a market in a folder: names for people, of what the ledger knows as keys."""

import json
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Self

import attrs

from checkers.host.files import check_plain, replace_whole
from checkers.results.page import Line, Table
from impl.folder import NODE
from spec.notation import MachineError

FILE = "parties.json"
"""The file of the names, in a market's folder."""
_KEY = 32  # bytes
_MEND = "put back what it was"
_NAME = re.compile(r"[a-z]+[0-9]*")
_SHORT = 8  # hexadecimal digits


def short(identity: bytes) -> str:
    """The beginning of an identifier or a digest, by which people tell it from others."""
    return identity.hex()[:_SHORT]


@attrs.frozen
class Party:
    """A party by what it does, and by its key.

    Attributes:
        role: as `vendor`, or `lazy vendor`.
        identity: what the ledger knows it by.
    """

    role: str
    identity: bytes


@attrs.frozen
class Names:
    """The parties by name. Of a stranger, the beginning of its key is shown."""

    parties: Mapping[str, Party]

    @property
    def members(self) -> Mapping[str, Party]:
        """All but whoever keeps the ledger."""
        return {name: party for name, party in self.parties.items() if party.role != NODE}

    def of(self, identity: bytes) -> str:
        """The name of an identity on the ledger."""
        names = (name for name, party in self.parties.items() if party.identity == identity)
        return next(names, short(identity))

    def table(self, convicted: Collection[bytes], **has: Mapping[bytes, int]) -> Table:
        """Who takes part, what each of them has, and who is convicted."""
        rows = [
            (
                name,
                party.role,
                *(str(amounts[party.identity]) for amounts in has.values()),
                Line("convicted", "against") if party.identity in convicted else "",
            )
            for name, party in self.members.items()
        ]
        return Table.of(("party", "role", *has, ""), rows)

    def json(self, convicted: Collection[bytes], **has: Mapping[bytes, int]) -> dict[str, object]:
        """The same as plain data."""
        return {
            name: {
                "role": party.role,
                "key": party.identity.hex(),
                **{what: amounts[party.identity] for what, amounts in has.items()},
                "convicted": party.identity in convicted,
            }
            for name, party in self.members.items()
        }

    def write(self, folder: Path) -> None:
        """Write the names down. Raises OSError."""
        said = {
            name: {"role": party.role, "key": party.identity.hex()}
            for name, party in self.parties.items()
        }
        replace_whole(folder / FILE, (json.dumps(said, indent=2) + "\n").encode())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The names that were written down. Raises MachineError."""
        path = folder / FILE
        if not os.path.lexists(path):
            raise MachineError(
                f"{folder}: no market is here; make one with `tallystick market new {folder}`"
            )
        check_plain(path, _MEND)
        try:
            said = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise MachineError(f"{path}: {error}; {_MEND}") from None
        parties = said if isinstance(said, dict) else {}
        found = {name: _party(path, name, party) for name, party in parties.items()}
        return cls(found)

    def check(self, folder: Path, roles: Collection[str]) -> None:
        """See that each takes part who has to, and nobody as what nobody can be.

        Args:
            folder: where they are written down.
            roles: all that somebody can be, as `vendor`, or `lazy vendor`.

        Raises MachineError.
        """
        nodes = [name for name, party in self.parties.items() if party.role == NODE]
        if nodes != [NODE]:
            raise MachineError(f"{folder / FILE}: not one {NODE}, of that name; {_MEND}")
        for name, party in self.members.items():
            if party.role not in roles:
                raise MachineError(
                    f"{folder / FILE}: {name} is a {party.role!r}, which nobody can be; {_MEND}"
                )
        there = {party.role.split()[-1] for party in self.members.values()}
        for role in roles:
            if " " not in role and role not in there:
                raise MachineError(f"{folder / FILE}: nobody is a {role}; {_MEND}")


def _party(path: Path, name: str, said: object) -> Party:
    match said:
        case {"role": str(role), "key": str(key), **rest} if not rest and _NAME.fullmatch(name):
            try:
                identity = bytes.fromhex(key)
            except ValueError:
                identity = b""
            if len(identity) == _KEY:
                return Party(role, identity)
    raise MachineError(
        f'{path}: {name} is not {{"role": ..., "key": {2 * _KEY} hexadecimal digits}}; {_MEND}'
    )
