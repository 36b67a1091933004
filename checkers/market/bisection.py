"""Drives the referee of `impl.quarrel.game` as the machine `bisection`."""

from collections.abc import Mapping, Sequence

import numpy as np

from checkers.lockstep.driver import Setup
from checkers.market.dispatch import methods
from impl.ledger.transaction import Refused
from impl.models.component import Component
from impl.models.graph import Graph
from impl.quarrel.game import Game
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from impl.quarrel.step import take_step
from spec.bisection import Position, Round, Side, Time, Verdict, bisection
from spec.bisection import Value as Claim
from spec.bytes.encoding import encode
from spec.notation import Scope
from spec.notation.sorts import Value


def _halved() -> Component:
    """A component that never holds of one input what it holds of another."""
    graph = Graph()
    given = graph.input(1, 1, 2)
    given.matmul(np.array([[2, -3]]), np.array([5, 7])).matmul(np.array([[1], [4]]), np.array([1]))
    return graph.component()


_HALVED = _halved()
_SECRET, _SALT = (bytes([n]) * SALT for n in (1, 2))
_TRACES = [
    Run.of(_SECRET + _HALVED.canonical(), _SALT + encode(np.array([[value]])), Occasion())
    for value in (1, 2)
]
_STEPS = _TRACES[0].steps
_TRUE = 0
"""Which of the traces is the computation."""
_DEVIATIONS = {("claim", False), ("agree", False), ("doubt", True)}
"""Moves that are wrong where what is claimed of the middle is so: true, or not."""


def _trace_of(claim: bytes, position: int, round_: int | None = None) -> int:
    """Which of the traces holds a state at a position that was claimed in a round; or at an end."""
    return [trace.claim(position, round_) for trace in _TRACES].index(claim)


def _halved_step(position: int, trace: int) -> int:
    """Which of the traces a step of one of them leads to; past the end, where it was."""
    if position >= _STEPS:
        return trace
    held = _TRACES[trace]
    at_ends = (None, None)
    _, after = take_step(held.bound, position, at_ends, held.witness(position, at_ends))
    return _trace_of(after, position + 1)


class BisectionDriver:
    """Drives the referee as the machine `bisection`: a claim is of what some trace holds.

    It also is the onlooker, who knows the true trace and sees who deviates.
    """

    def __init__(self, game: type[Game]) -> None:
        right, wrong = _TRACES
        self._methods = methods(self, bisection)
        self.game = game.over(
            right.outline, right.values[0], wrong.values[-1].digest, right.salts.root, window=1
        )
        self.middle = _TRUE
        self.judged = False
        self.deviated: set[Side] = set()

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Make a move."""
        mover = Side[self.game.turn.name]
        try:
            self._methods[action](*args)
        except Refused as refusal:
            return refusal.reason
        self._see(mover, action)
        return None

    def _see(self, mover: Side, action: str) -> None:
        """Note what an onlooker sees of a move."""
        if action == "claim":
            self.middle = self._middle()
        self.judged |= action == "judge"
        is_true = self.middle == _TRUE
        if action == "run_out" or (action, is_true) in _DEVIATIONS:
            self.deviated.add(mover)

    def _middle(self) -> int:
        """Which of the traces holds what was claimed last."""
        return _trace_of(self.game.claimed, self.game.middle, self.game.salted)

    def _claim(self, v: int) -> None:
        self.game.claim(_TRACES[v].claim(self.game.middle, self.game.salted))

    def _agree(self) -> None:
        self.game.answer(True)

    def _doubt(self) -> None:
        self.game.answer(False)

    def _judge(self) -> None:
        game = self.game
        agreed = _TRACES[_trace_of(game.at_low, game.low, game.since_low)]
        game.show(agreed.witness(game.low, game.since))

    def _tick(self) -> None:
        self.game.tick()

    def _run_out(self) -> None:
        self.game.run_out()

    def restart(self) -> None:
        """Nothing is kept elsewhere, so that nothing can be lost."""

    def state(self) -> Mapping[str, Value]:
        """The quarrel, in the terms of the machine."""
        game = self.game
        if game.verdict.name == "OPEN" and game.turn.name == "OPPONENT":
            self.middle = self._middle()
        return {
            "last": game.steps,
            "end": _trace_of(game.end, game.steps),
            "window": game.window,
            "low": game.low,
            "high": game.high,
            "at_low": _trace_of(game.at_low, game.low, game.since_low),
            "at_high": _trace_of(game.at_high, game.high, game.since_high),
            "turn": Side[game.turn.name],
            "left": game.left,
            "verdict": Verdict[game.verdict.name],
            "rounds": game.rounds,
            "middle": self.middle,
            "judged": self.judged,
            "deviated": dict.fromkeys(self.deviated, True),
        }

    def close(self) -> None:
        """There is nothing to let go of."""


def bisection_setup(game: type[Game] = Game) -> Setup:
    """How a quarrel over a wrong output is driven against a referee."""
    return Setup(
        open=lambda: BisectionDriver(game),
        scope=Scope({Position: _STEPS + 1, Claim: len(_TRACES), Round: 5, Time: 2}),
        functions={
            "last": _STEPS,
            "end": 1,
            "window": 1,
            "step": _halved_step,
            "truth": lambda position: _TRUE,
            "halvings": lambda steps: max(steps - 1, 0).bit_length(),
        },
    )
