"""What can go wrong when a protocol text is read or run."""


class MachineError(Exception):
    """A machine, its text or its size is not one that can be run; the message says the mend."""


class Refused(Exception):
    """An action's guard does not hold; `reason` is the guard's text, the stable reason code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutOfRange(Exception):
    """An action would use or store a number outside its sort: `low` below zero, else past the size.

    Past the size is the edge of what a run looks at; below zero is a fault of the protocol.
    """

    def __init__(self, what: str, *, low: bool) -> None:
        super().__init__(what)
        self.low = low
