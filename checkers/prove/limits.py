"""How long a solver may take over one question, in steps that it counts itself.

A solver's count of its own steps is the same on every computer and however busy that is, so that
what comes out undecided once does so always. An hour stands behind it, as a guard. Only who asks
for seconds gets what the clock says.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGINT, getsignal, set_wakeup_fd
from threading import Thread, current_thread, main_thread

import attrs
import z3

from spec.notation.arguments import checked_fields

_GUARD = 3600.0  # seconds
_MOST = (1 << 32) - 1  # milliseconds, or steps of Z3: what it holds in 32 bits
_FIRST = 20  # a first try is this part of a whole one
_SECOND = 5  # so many first tries


@checked_fields
@attrs.frozen
class Limit:
    """The most that one question may take.

    Args:
        z3_steps: as Z3 counts, some two million a second on an idle core; 0 for no limit.
        cvc5_steps: as cvc5 counts, some 150,000 a second; 0 for no limit.
        seconds: after so many it is over in any case.
    """

    z3_steps: int = 20_000_000
    cvc5_steps: int = 2_000_000
    seconds: float = _GUARD

    @classmethod
    def asked(cls, seconds: float | None) -> "Limit":
        """The seconds that somebody asked for and nothing else, or what is usual."""
        return cls() if seconds is None else cls(0, 0, seconds)

    def times(self, effort: int) -> "Limit":
        """So many times as much, by the solvers' own count."""
        return Limit(effort * self.z3_steps, effort * self.cvc5_steps, self.seconds)

    @property
    def first(self) -> "Limit":
        """Enough for most questions, asked of a solver that was asked others before."""
        usual = Limit()
        z3_steps = min(self.z3_steps or usual.z3_steps, usual.z3_steps // _FIRST)
        cvc5_steps = min(self.cvc5_steps or usual.cvc5_steps, usual.cvc5_steps // 2)
        return Limit(z3_steps, cvc5_steps, self.seconds)

    @property
    def second(self) -> "Limit":
        """Enough for almost all questions, after which it pays to look for a counterexample."""
        return self.first.times(_SECOND)

    @property
    def milliseconds(self) -> int:
        """The seconds, as solvers take them; none of these would be no limit."""
        return max(1, int(min(1000 * self.seconds, _MOST)))

    def bind(self, solver: z3.Solver) -> None:
        """Hold each question that a solver is asked to this limit."""
        solver.set("rlimit", min(self.z3_steps, _MOST))
        solver.set("timeout", self.milliseconds)


def z3_answer(solver: z3.Solver, *assumed: z3.BoolRef) -> z3.CheckSatResult:
    """What Z3 answers.

    Raises:
        KeyboardInterrupt: somebody interrupts, which Z3 would keep to itself, and answer `unknown`.
    """
    solver.set("ctrl_c", False)
    with _ended_by_interruption(solver.ctx):
        return solver.check(*assumed)


@contextmanager
def _ended_by_interruption(context: z3.Context) -> Iterator[None]:
    """Within this, an interruption ends what Z3 does: Python hears of it only once Z3 returns."""
    if current_thread() is not main_thread() or not callable(getsignal(SIGINT)):
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = set_wakeup_fd(writer)
    watcher = Thread(target=_interrupt, args=(context, reader), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        set_wakeup_fd(before)
        os.close(writer)
        watcher.join()
        os.close(reader)


def _interrupt(context: z3.Context, signals: int) -> None:
    """End what Z3 does once there is an interruption among the signals; or they end."""
    while received := os.read(signals, 64):
        if SIGINT in received:
            context.interrupt()
