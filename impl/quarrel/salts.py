"""Salts: they hide each block of values of a run, and each state that is claimed of it.

All follow from two secrets. One is the salt in the opening of what goes into the run, which whoever
is given that has; the other is the component's, which its holders have. So whoever could make the
run makes the very commitments that its executor must make; and nobody else can tell, from a block
that is shown, what its neighbours are.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, islice

import attrs

from impl.quarrel.peaks import Subtrees
from impl.recent import remembered
from spec.bytes.digest import digest, expand
from spec.bytes.encoding import encode
from spec.bytes.merkle import root

SALT = 16
"""Bytes of a salt, and of a secret from which salts follow."""


def drawn(secret: bytes, count: int) -> bytes:
    """So many salts, for the blocks of a tensor in turn, that follow from one secret: in a row."""
    return expand("salts", secret, SALT * count)


def salts_of(secret: bytes, count: int) -> list[bytes]:
    """The same, one by one."""
    return apart(drawn(secret, count))


def apart(salts: bytes) -> list[bytes]:
    """Salts that stand in a row."""
    return [salts[i : i + SALT] for i in range(0, len(salts), SALT)]


def leaf_salt(secret: bytes) -> bytes:
    """What hides an outline in the leaf of its component, by the component's secret."""
    return digest("leaf-salt", secret)[:SALT]


def salting_key(secret: bytes) -> bytes:
    """That part of a component's secret with which its runs are salted."""
    return digest("salting-key", secret)


def secret_digest(secret: bytes) -> bytes:
    """What binds to a secret, and does not tell it."""
    return digest("secret", secret)


@attrs.frozen
class Occasion:
    """What a run is made for: no salt of one is that of another, or what is shown would tell more.

    Attributes:
        request: by its identifier.
        step: by its number.
        opponent: who quarrels about it, if anybody does.
    """

    request: bytes = b""
    step: int = 0
    opponent: bytes = b""


@attrs.frozen
class Salting:
    """The two secrets from which all salts of a run follow, and what it is made for.

    Attributes:
        salt: of the opening of what goes in.
        key: the component's salting key.
    """

    salt: bytes
    key: bytes
    occasion: Occasion

    @property
    def output(self) -> bytes:
        """The salt of the opening of what comes out, whoever quarrels about it."""
        request, step = self.occasion.request, self.occasion.step
        return digest("output-salt", encode([self.key, self.salt, request, step]))[:SALT]

    def table(self, rounds: int, sizes: Sequence[int]) -> "SaltTable":
        """All salts of a run that so many rounds halve, of nodes that put out so many blocks.

        Whoever is given the output knows the salts of the last node, and of no other.
        """
        secret = encode([self.key, self.salt, *attrs.astuple(self.occasion)])
        claims, *inner = _parts(secret, [rounds, *sizes[:-1]])
        return SaltTable(claims, [*inner, *_parts(self.output, sizes[-1:])])


def _parts(secret: bytes, sizes: Sequence[int]) -> list[list[bytes]]:
    """Lists of so many salts, one after the other."""
    salts = iter(salts_of(secret, sum(sizes)))
    return [list(islice(salts, size)) for size in sizes]


@attrs.frozen
class Salt:
    """A salt, with the proof that it is the one at its place in the table of its run."""

    salt: bytes
    proof: Sequence[bytes]


@attrs.define  # it remembers its root
class SaltTable:
    """The salts of a run.

    Attributes:
        claims: of the states that are claimed, round by round.
        outputs: of the blocks that each node puts out.
    """

    claims: Sequence[bytes]
    outputs: Sequence[Sequence[bytes]]

    @property
    def all(self) -> list[bytes]:
        """All of them, in the order in which their root binds them."""
        return [*self.claims, *chain.from_iterable(self.outputs)]

    @cached_property
    def root(self) -> bytes:
        """What binds to all of them, and tells none."""
        return root(self.all)

    def show(self, index: int | None) -> Salt | None:
        """One of them, with the proof that it is that one; None where there is none to show."""
        return None if index is None else Salt(self.all[index], self._tree.proof(index))

    @cached_property
    def _tree(self) -> Subtrees:
        return Subtrees.over(self.all)


@attrs.frozen
class StatedSalts:
    """What an executor states of the salts of its run, by digests.

    Attributes:
        salt, key: of the secrets from which they follow.
        output: of the salt of what came out.
        root: of all of them.
        blocks: how many blocks each node puts out.
    """

    salt: bytes
    key: bytes
    output: bytes
    root: bytes
    blocks: tuple[int, ...]

    def are_wrong(self, salting: Salting, rounds: int) -> bool:
        """Whether they do not follow from these secrets, which are those that they follow from."""
        if [secret_digest(salting.salt), secret_digest(salting.key)] != [self.salt, self.key]:
            return False
        return _digests(salting, rounds, self.blocks) != (self.root, self.output)


@remembered(1 << 24)  # anybody can complain again, of a run with many salts, and it costs nothing
def _digests(salting: Salting, rounds: int, blocks: tuple[int, ...]) -> tuple[bytes, bytes]:
    """The root of a run's salts, and the digest of that of its output, as they must be."""
    return salting.table(rounds, blocks).root, secret_digest(salting.output)
