"""The specification itself as a driver, which whoever writes an implementation can ask."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from checkers.conform.stage import Stage
from checkers.lockstep.driver import Setup
from spec.notation import MachineError, OutOfRange, Refused
from spec.notation.sorts import Map, Value

S = TypeVar("S")


class Specified(Generic[S]):
    """A machine on a stage, as a driver.

    Args:
        stage: whose machine it is.
    """

    def __init__(self, stage: Stage[S]) -> None:
        self._stage = stage
        self._held = stage.machine.copy(stage.start)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Take an action; None if it is accepted, else the reason.

        Raises MachineError where a number would leave its sort: nobody asks for that.
        """
        machine, after = self._stage.machine, self._stage.machine.copy(self._held)
        try:
            machine.apply(machine.action(action), after, args, self._stage.scope)
        except Refused as refusal:
            return refusal.reason
        except OutOfRange as outside:
            raise MachineError(f"{action} is neither accepted nor refused: {outside}") from None
        self._held = after
        return None

    def restart(self) -> None:
        """It forgets nothing."""

    def state(self) -> Mapping[str, Value]:
        """What it holds, field by field."""
        held = {n: (f, getattr(self._held, n)) for n, f in self._stage.notation.fields.items()}
        return {n: dict(v) if f.kind is Map else v for n, (f, v) in held.items()}

    def close(self) -> None:
        """Nothing is held on to."""


def specified(stage: Stage[S]) -> Setup:
    """How the machine of a stage is driven against itself."""
    return stage.setup(Setup(lambda: Specified(stage)))
