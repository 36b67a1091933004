"""The game: an executor and its opponent halve what they quarrel about, until a step is left."""

from enum import Enum
from typing import Self

import attrs

from impl.ledger.transaction import require
from impl.ledger.undo import Undoable
from impl.quarrel.binding import NOTHING, Given, WitnessError, check
from impl.quarrel.outline import Outline
from impl.quarrel.step import Bound, Rounds, boundary_state, take_step


class Side(Enum):
    """Who quarrels."""

    EXECUTOR = "executor"
    OPPONENT = "opponent"


class Verdict(Enum):
    """What is held of the executor's output."""

    OPEN = "open"
    RIGHT = "right"
    WRONG = "wrong"


@attrs.define
class Game(Undoable):
    """The referee: who claims what, whose turn it is, and the verdict.

    It refuses for the reasons of the specification, in that order.

    A state at which a run neither begins nor has ended is claimed with the salt of the round.

    Attributes:
        bound: what the executor is bound to.
        steps: how many steps the run takes.
        start, end: the digests of the first state, beyond dispute, and of the last, as claimed.
        window: how much time there is for a move; 0 where somebody else keeps the time.
        since_low, since_high: the rounds in which the ends of what is left were claimed.
    """

    bound: Bound
    steps: int
    start: bytes
    end: bytes
    window: int = 0
    low: int = 0
    high: int = attrs.Factory(lambda game: game.steps, takes_self=True)
    at_low: bytes = attrs.Factory(lambda game: game.start, takes_self=True)
    at_high: bytes = attrs.Factory(lambda game: game.end, takes_self=True)
    since_low: int | None = None
    since_high: int | None = None
    claimed: bytes = b""
    turn: Side = Side.EXECUTOR
    left: int = attrs.Factory(lambda game: game.window, takes_self=True)
    rounds: int = 0
    verdict: Verdict = Verdict.OPEN

    @classmethod
    def over(
        cls, outline: Outline, given: Given, output: bytes, salts: bytes, window: int = 0
    ) -> Self:
        """A quarrel over what a component made of an input; the output is by its digest.

        Raises WitnessError if the component does not take such an input.
        """
        match given.shape:
            case (rows, outline.program.takes):
                rounds = outline.plan.halvings(rows)
                return cls._begun(outline, rows, salts, rounds, given, output, window)
        raise WitnessError(
            "witness: the component does not take such an input: open the whole step"
        )

    @classmethod
    def padded(
        cls, outline: Outline, given: Given, output: bytes, salts: bytes, rounds: int
    ) -> Self:
        """A quarrel that takes just so many rounds: past its end, a run stays where it is.

        Of an input that the component does not take in so many rounds comes nothing, in no step.
        """
        rows = outline.plan.rows_of(given.shape, rounds)
        begins = NOTHING if rows is None else given
        game = cls._begun(outline, rows, salts, rounds, begins, output)
        game.high = 1 << rounds
        return game

    @classmethod
    def _begun(
        cls,
        outline: Outline,
        rows: int | None,
        salts: bytes,
        rounds: int,
        given: Given,
        output: bytes,
        window: int = 0,
    ) -> Self:
        start, end = boundary_state(given.digest), boundary_state(output)
        steps = 0 if rows is None else outline.plan.steps(rows)
        return cls(Bound.of(outline, rows, salts, rounds), steps, start, end, window)

    @property
    def middle(self) -> int:
        """Where the quarrel is halved."""
        return (self.low + self.high) // 2

    @property
    def since(self) -> Rounds:
        """In which rounds the ends of what is left were claimed."""
        return self.since_low, self.since_high

    @property
    def salted(self) -> int | None:
        """The round with whose salt the middle is to be claimed; None past the end."""
        return self.rounds if self.low < self.middle < self.steps else None

    @property
    def is_narrow(self) -> bool:
        """Whether one step is left."""
        return self.high == self.low + 1

    def claim(self, state: bytes) -> None:
        """The executor says what the state at the middle is, by its digest."""
        self._require_open()
        require(self.turn is Side.EXECUTOR, "executor has the turn")
        require(not self.is_narrow, "more than one step is left")
        self.claimed = state
        self._hand_over(Side.OPPONENT)

    def answer(self, agrees: bool) -> None:
        """The opponent agrees up to the middle, or doubts it already."""
        self._require_open()
        require(self.turn is Side.OPPONENT, "opponent has the turn")
        since = self.salted
        if agrees:
            self.low, self.at_low, self.since_low = self.middle, self.claimed, since
        else:
            self.high, self.at_high, self.since_high = self.middle, self.claimed, since
        self.rounds += 1
        self._hand_over(Side.EXECUTOR)

    def show(self, witness: bytes) -> None:
        """Somebody shows the one step that is left, and the referee takes it.

        Raises WitnessError, and holds nothing of anybody, if the witness is not of that step.
        """
        self._require_open()
        require(self.is_narrow, "one step is left")
        if self.low < self.steps:
            before, after = take_step(self.bound, self.low, self.since, witness)
            check(before == self.at_low, ": it does not open the state before the step")
            holds = after == self.at_high
        else:
            check(not witness, ": past the end there is nothing to show")
            holds = self.at_low == self.at_high
        self.verdict = Verdict.RIGHT if holds else Verdict.WRONG

    def tick(self) -> None:
        """Time passes."""
        self._require_open()
        require(self.left > 0, "time is left")
        self.left -= 1

    def run_out(self) -> None:
        """Whose turn it is has not moved in time, and loses."""
        self._require_open()
        require(self.left == 0, "deadline has passed")
        self.verdict = Verdict.WRONG if self.turn is Side.EXECUTOR else Verdict.RIGHT

    def _require_open(self) -> None:
        require(self.verdict is Verdict.OPEN, "quarrel is open")

    def _hand_over(self, side: Side) -> None:
        self.turn, self.left = side, self.window
