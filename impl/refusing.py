"""Refusals of what a party cannot read, run, or find among what it has kept."""

from types import TracebackType

import attrs

from impl.ledger.transaction import Refused


@attrs.frozen
class Refusing:
    """Refuses what cannot be read, run, or found among what is kept, as a context manager.

    It is no generator: a party reads what it keeps again and again, and that takes a third of the
    time.

    Attributes:
        reason: what must hold; Refused is raised with it, and what is wrong.
    """

    reason: str

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if isinstance(error, KeyError | ValueError | MemoryError):
            raise Refused(f"{self.reason}: {error}") from None
