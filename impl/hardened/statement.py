"""What a quarrel about a step is about: what its executor is bound to, by digests alone."""

from typing import Self

import attrs

from impl.hardened.digests import commit
from impl.hardened.records import Request
from impl.ledger.transaction import MalformedTransaction
from impl.models.model import component_of
from impl.quarrel.binding import Given, WitnessError, bind, parse_given
from impl.quarrel.game import Game
from impl.quarrel.outline import Outline, Plan
from impl.quarrel.salts import (
    SALT,
    Salting,
    SaltTable,
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
    def of(cls, handed: bytes, given: bytes, output: bytes, rounds: int) -> Self:
        """What an executor is bound to, by its component after its secret, and both openings.

        Raises ModelError or EncodingError if it holds no component.
        """
        secret = handed[:SALT]
        outline = Outline.of(component_of(handed[SALT:]), secret)
        bound, salting = bind(given), Salting(given[:SALT], salting_key(secret))
        return cls(
            outline,
            leaf_salt(secret),
            secret_digest(given[:SALT]),
            secret_digest(output[:SALT]),
            bound,
            bind(output).digest,
            table_of(salting, outline.plan, bound, rounds).root,
        )

    def is_of(self, salting: Salting) -> bool:
        """Whether these are the secrets from which the salts of its run are to follow."""
        secrets = [secret_digest(salting.salt), secret_digest(salting.key)]
        return secrets == [self.input_salt, self.outline.salting]

    def follows_from(self, salting: Salting, rounds: int) -> bool:
        """Whether all salts of its run, and that of its output, follow from these secrets."""
        table = table_of(salting, self.outline.plan, self.input, rounds)
        return self.salts == table.root and self.output_salt == secret_digest(salting.output)

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


def table_of(salting: Salting, plan: Plan, given: Given, rounds: int) -> SaltTable:
    """The salts of a run on what is so bound; it puts nothing out if the input is not taken."""
    rows = plan.rows_of(given.shape, rounds)
    return salting.table(rounds, [] if rows is None else plan.blocks(rows))


def game_of(made: Request, statement: bytes) -> Game:
    """The quarrel about a request's step; its executor states with its first move what it is about.

    Raises MalformedTransaction if it states something else than it is bound to, or states it twice.
    """
    try:
        if made.game is None:
            return _begin(made, Statement.parse(statement))
    except WitnessError as error:
        raise MalformedTransaction(f"transaction.body.statement: {error}") from None
    if statement:
        raise MalformedTransaction("transaction.body.statement: made already: leave it empty")
    return made.game


def _begin(made: Request, stated: Statement) -> Game:
    """The quarrel about what was committed to. Raises WitnessError if that is something else."""
    step = made.disputed
    given, output = made.links[step : step + 2]
    for holds, field in (
        (commit(made.id, step, stated.input_salt, stated.input.digest) == given, "input"),
        (commit(made.id, step + 1, stated.output_salt, stated.output) == output, "output"),
        (made.holds(stated.component_salt, stated.outline.digest), "outline"),
    ):
        if not holds:
            raise WitnessError(f"{field}: not what the executor is bound to")
    return stated.game(made.terms.rounds[step])
