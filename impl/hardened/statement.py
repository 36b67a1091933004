"""What a quarrel about a step is about: what its executor is bound to, by digests alone."""

from typing import Self

import attrs

from impl.hardened.digests import commit
from impl.hardened.records import Request, Told
from impl.hardened.terms import STATEMENT
from impl.ledger.transaction import MalformedTransaction
from impl.models.component import component_of
from impl.quarrel.binding import Given, WitnessError, bind, parse_given
from impl.quarrel.game import Game
from impl.quarrel.outline import Outline
from impl.quarrel.plan import Plan
from impl.quarrel.salts import (
    SALT,
    Occasion,
    Salting,
    StatedSalts,
    leaf_salt,
    salting_key,
    secret_digest,
)
from spec.bytes.encoding import EncodingError, decode, encode


@attrs.frozen
class Statement:
    """What an executor states of its step, before the quarrel about it is narrowed down.

    It is the first thing that the game is given, and the only one that commitments bind.

    Attributes:
        outline: of the component.
        component_salt: of its leaf.
        input_salt, output_salt: the digests of the salts in both openings.
        input: what went into the step, as it is bound.
        output: the digest of what the executor says came out.
        salts: the root of the run's salts.
    """

    outline: Outline
    component_salt: bytes
    input_salt: bytes
    output_salt: bytes
    input: Given
    output: bytes
    salts: bytes

    @classmethod
    def of(cls, handed: bytes, given: bytes, output: bytes, rounds: int, quarrel: Occasion) -> Self:
        """What an executor is bound to, by its component after its secret, and both openings.

        Raises ModelError or EncodingError if it holds no component.
        """
        secret = handed[:SALT]
        outline = Outline.of(component_of(handed[SALT:]), secret)
        bound, salting = bind(given), Salting(given[:SALT], salting_key(secret), quarrel)
        return cls(
            outline,
            leaf_salt(secret),
            secret_digest(given[:SALT]),
            secret_digest(output[:SALT]),
            bound,
            bind(output).digest,
            salting.table(rounds, _blocks(outline.plan, bound, rounds)).root,
        )

    def salting(self, rounds: int) -> StatedSalts:
        """What it states of the salts of its run, of which a quarrel takes so many rounds."""
        blocks = _blocks(self.outline.plan, self.input, rounds)
        return StatedSalts(
            self.input_salt, self.outline.salting, self.output_salt, self.salts, blocks
        )

    def game(self, rounds: int) -> Game:
        """The quarrel about it, which takes so many rounds."""
        return Game.padded(self.outline, self.input, self.output, self.salts, rounds)

    def canonical(self) -> bytes:
        """The one encoding of this statement."""
        return encode(
            {
                "outline": self.outline.body,
                "salts": [self.component_salt, self.input_salt, self.output_salt, self.salts],
                "input": self.input.body,
                "output": self.output,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The statement of these canonical bytes. Raises WitnessError."""
        try:
            fields = decode(data)
        except EncodingError as error:
            raise WitnessError(f"statement: {error}") from None
        match fields:
            case {
                "outline": outline,
                "salts": [bytes(component), bytes(before), bytes(after), bytes(salts)],
                "input": given,
                "output": bytes(output),
                **rest,
            } if not rest:
                parsed = Outline.parse(outline), parse_given(given)
                return cls(parsed[0], component, before, after, parsed[1], output, salts)
        raise WitnessError(
            "statement: expected a map of outline, salts (of leaf, input, output, run), input and "
            "output"
        )


def _blocks(plan: Plan, given: Given, rounds: int) -> tuple[int, ...]:
    """How many blocks each layer puts out of what is so bound; no layer, if it is not taken."""
    rows = plan.rows_of(given.shape, rounds)
    return () if rows is None else tuple(plan.blocks(rows))


def begin_quarrel(made: Request, statement: bytes, sealed: bytes = b"") -> Game:
    """The quarrel about a request's step, begun if its executor has not begun it before.

    With its first move it states what the quarrel is about, and tells its opponent what that needs.
    Raises MalformedTransaction if it states something else than it is bound to, or does so twice.
    """
    if made.game is not None:
        for field, said in (("statement", statement), ("sealed", sealed)):
            if said:
                problem = f"transaction.body.{field}: said already: leave it empty"
                raise MalformedTransaction(problem)
        return made.game
    try:
        stated = _parse(made, statement)
    except WitnessError as error:
        raise MalformedTransaction(f"transaction.body.statement: {error}") from None
    rounds = made.terms.rounds[made.disputed]
    made.game = game = stated.game(rounds)
    made.told = Told(sealed, stated.salting(rounds))
    return game


def _parse(made: Request, statement: bytes) -> Statement:
    """What an executor states. Raises WitnessError if it is bound to something else."""
    if len(statement) > STATEMENT:  # no vendor holds what takes more, and it would take time
        raise WitnessError(f"statement: {len(statement)} bytes: give {STATEMENT} at most")
    stated, step = Statement.parse(statement), made.disputed
    given, output = made.links[step : step + 2]
    for holds, field in (
        (commit(made.id, step, stated.input_salt, stated.input.digest) == given, "input"),
        (commit(made.id, step + 1, stated.output_salt, stated.output) == output, "output"),
        (made.holds(stated.component_salt, stated.outline.digest), "outline"),
    ):
        if not holds:
            raise WitnessError(f"{field}: not what the executor is bound to")
    return stated
