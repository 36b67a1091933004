"""What a quarrel about a step is about: what its executor is bound to, by digests alone."""

from typing import Self

import attrs

from impl.hardened.digests import SALT, commit
from impl.hardened.records import Request
from impl.ledger.transaction import MalformedTransaction
from impl.quarrel.binding import Given, WitnessError, bind, parse_given
from impl.quarrel.game import Game
from impl.quarrel.outline import Outline
from spec.bytes.encoding import EncodingError, decode, encode


@attrs.frozen
class Statement:
    """What an executor states of its step, before the quarrel about it is narrowed down.

    It is the first thing that the game is given, and the only one that commitments bind.

    Attributes:
        outline: of the component.
        component_salt, input_salt, output_salt: of its leaf, and of both commitments.
        input: what went into the step, as it is bound.
        output: the digest of what the executor says came out.
    """

    outline: Outline
    component_salt: bytes
    input_salt: bytes
    output_salt: bytes
    input: Given
    output: bytes

    @classmethod
    def of(cls, outline: Outline, salt: bytes, given: bytes, output: bytes) -> Self:
        """What an executor is bound to: its component, by outline and salt, and two openings."""
        before, after = given[:SALT], output[:SALT]
        return cls(outline, salt, before, after, bind(given[SALT:]), bind(output[SALT:]).digest)

    def canonical(self) -> bytes:
        """The one encoding of this statement."""
        return encode(
            {
                "outline": self.outline.body,
                "salts": [self.component_salt, self.input_salt, self.output_salt],
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
                "salts": [bytes(component), bytes(before), bytes(after)],
                "input": given,
                "output": bytes(output),
                **rest,
            } if not rest:
                parsed = Outline.parse(outline), parse_given(given)
                return cls(parsed[0], component, before, after, parsed[1], output)
        raise WitnessError(
            "statement: expected a map of outline, salts (of leaf, input, output), input and output"
        )


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
    return Game.padded(stated.outline, stated.input, stated.output, made.terms.rounds[step])
