"""How a quarrel about a step is opened: what its executor is bound to, by roots alone."""

from typing import Self

import attrs

from impl.hardened.digests import commit
from impl.hardened.records import Request
from impl.ledger.transaction import MalformedTransaction
from impl.models.model import Component, ModelError
from impl.quarrel.step import Game, Given, Outline, WitnessError, component_root, parse_given
from spec.bytes.encoding import EncodingError, decode, encode


@attrs.frozen
class Opening:
    """What an executor shows of its step before a quarrel about it is narrowed down.

    Attributes:
        outline: of the component.
        component_salt, input_salt, output_salt: of its leaf, and of both commitments.
        input: what went into the step, as it is bound.
        output: the value root of what the executor says came out.
    """

    outline: Outline
    component_salt: bytes
    input_salt: bytes
    output_salt: bytes
    input: Given
    output: bytes

    def canonical(self) -> bytes:
        """The one encoding of this opening."""
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
        """The opening of these canonical bytes. Raises WitnessError."""
        try:
            fields = decode(data)
        except EncodingError as error:
            raise WitnessError(f"opening: {error}") from None
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
            "opening: expected a map of outline, salts (of leaf, input, output), input and output"
        )


def game_of(made: Request, opening: bytes) -> Game:
    """The quarrel about a request's step, which its executor opens with its first move."""
    try:
        if made.game is None:
            return _open_game(made, Opening.parse(opening))
    except WitnessError as error:
        raise MalformedTransaction(f"transaction.body.opening: {error}") from None
    if opening:
        raise MalformedTransaction("transaction.body.opening: it was shown already: leave it empty")
    return made.game


def _open_game(made: Request, shown: Opening) -> Game:
    """The quarrel about what was committed to. Raises WitnessError if that is something else."""
    step = made.disputed
    spent, output = made.links[step : step + 2]
    for holds, field in (
        (commit(made.id, step, shown.input_salt, shown.input.digest) == spent, "input"),
        (commit(made.id, step + 1, shown.output_salt, shown.output) == output, "output"),
        (made.holds(shown.component_salt, shown.outline.digest), "outline"),
    ):
        if not holds:
            raise WitnessError(f"{field}: not what the executor is bound to")
    return Game.padded(shown.outline, shown.input, shown.output, made.terms.rounds[step])


def root_of(component: bytes) -> bytes:
    """A component's root, by its bytes. Raises MalformedTransaction."""
    try:
        return component_root(Component.parse(component))
    except (ModelError, EncodingError) as error:
        raise MalformedTransaction(f"transaction.body.component: {error}") from None
