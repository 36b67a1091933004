"""What experiments on leaks give: rows of facts, what they mean, and which break a law."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import attrs
from threadpoolctl import threadpool_limits

from adversaries.leaking.copies import Fidelity

STOLEN = 0.98
"""The share of equal answers on held-out inputs from which on a copy counts as the model."""

Tell = Callable[[str], None]
"""Is told what is under way."""


def silent(line: str) -> None:
    """Tells nobody."""


def on_one_thread(measure: Callable[[], "Leakage"]) -> "Leakage":
    """What is measured if sums are taken in one order; where they are small, also sooner."""
    import sklearn.linear_model  # noqa: F401  # what is not loaded yet is not limited

    with threadpool_limits(1):
        return measure()


@attrs.frozen(kw_only=True)
class Row(ABC):
    """Facts of one attack; as text, which it is."""

    @abstractmethod
    def __str__(self) -> str: ...

    @property
    @abstractmethod
    def shares(self) -> Mapping[str, float]:
        """What is a share of something, from 0 to 1, and of what."""


@attrs.frozen(kw_only=True)
class Case(Row):
    """An attack, beside a consumer who asked as often.

    Attributes:
        attack: who attacks and what is attacked.
        requests: how many are asked or observed.
        copy: how well the attacker's copy agrees; None if nothing runs that could be one.
        black_box: how well the consumer's does, who has inputs and answers alone.
    """

    attack: str
    requests: int
    copy: Fidelity | None
    black_box: Fidelity

    def __str__(self) -> str:
        return f"{self.attack}, {self.requests} requests"

    @property
    def stolen(self) -> bool:
        """Whether the copy counts as the model, and is more than what any consumer can have.

        It has nearly all answers to held-out inputs, and at most half as many wrong ones as the
        consumer's copy, on held-out inputs and on uniform ones.
        """
        copy, consumer = self.copy, self.black_box
        return (
            copy is not None
            and copy != consumer
            and copy.held_out >= STOLEN
            and 2 * (1 - copy.held_out) <= 1 - consumer.held_out
            and 2 * (1 - copy.uniform) <= 1 - consumer.uniform
        )

    @property
    def shares(self) -> Mapping[str, float]:
        found = {"copy": self.copy, "consumer's": self.black_box}
        return {
            f"{whose}, {kind}": share
            for whose, fidelity in found.items()
            if fidelity
            for kind, share in (("held-out", fidelity.held_out), ("uniform", fidelity.uniform))
        }


@attrs.frozen
class Leakage:
    """What an experiment found.

    Attributes:
        rows: the facts, all of one class.
        upshot: what they mean, in a sentence.
        broken: the facts that are not as the experiment's law has them, each told in a line.
        machine: what depends on the machine that measured it, by name and unit.
    """

    rows: Sequence[Row]
    upshot: str
    broken: Sequence[str] = ()
    machine: Mapping[str, float] = attrs.field(factory=dict)

    def facts(self) -> list[dict[str, object]]:
        """The rows as plain data."""
        return [attrs.asdict(row) for row in self.rows]
