"""Which vendors hold which parts, chosen as `tallystick place` does."""

from collections.abc import Iterator, Sequence

import attrs

from checkers.host.telling import Tell
from checkers.market.placement.problem import Answer, Problem
from checkers.results.page import Block, Line, Table
from checkers.results.words import counted
from impl.models.component import Component
from impl.quarrel.blocks import block_size
from spec.notation import MachineError
from spec.placement import Placement


@attrs.frozen
class Placed:
    """Parts, each with those who are to hold it.

    Attributes:
        parts: in order.
        vendors: all that there are, by name.
        found: which of them hold each part.
        answer: why no placement is better.
        narrowed: whether disputes are narrowed down to one operation, which shows some constants.
    """

    parts: Sequence[Component]
    vendors: Sequence[str]
    found: Placement
    answer: Answer
    narrowed: bool

    @property
    def holders(self) -> list[list[str]]:
        """The vendors of each part, by name."""
        return [[self.vendors[v] for v in sorted(held)] for held in self.found.holders]

    @property
    def secrets(self) -> list[int]:
        """How many constants of each part are the model's own."""
        return [int(part.secret.sum()) for part in self.parts]

    @property
    def shown(self) -> list[int] | None:
        """How many of these a dispute of each part shows, at most; None if it is not narrowed."""
        return [*map(_shown, self.parts)] if self.narrowed else None

    def page(self) -> Iterator[Block]:
        """Who holds what, and what it takes to know all."""
        columns = {
            "part": map(str, range(len(self.parts))),
            "numbers in -> out": map(_widths, self.parts),
            "constants": (f"{many:,}" for many in self.secrets),
            "shown in a dispute": map(str, self.shown or ()),
            "held by": map(", ".join, self.holders),
        }
        said = "constants: what of a part is secret"
        if self.narrowed:
            said += (
                "; shown in a dispute: how many of them whoever disputes one operation of it sees, "
                "at most"
            )
        else:
            del columns["shown in a dispute"]
        yield Table.of(tuple(columns), [*zip(*columns.values(), strict=True)])
        yield Line(said)
        crashes = self.found.crash_tolerance()
        survived = f"any {counted(crashes, 'vendor')} may crash" if crashes else ""
        threshold = counted(self.found.threshold(), "vendor")
        known = f"to know every part takes {threshold}"
        if self.answer.verdict == "largest":
            known += f", and no placement takes more ({self.answer.reason.text})"
        yield Line(f"{survived or 'no vendor may crash'}; {known}")
        whole = [v for v in self.vendors if all(v in held for held in self.holders)]
        if whole:
            mend = "give more vendors (`market new --vendors`), more parts, or fewer --crashes"
            if len(self.parts) == 1:
                mend = "split it in more --parts, if it has as many pieces"
            yield Line(
                f"{' and '.join(whole)} would hold the whole model, and nobody can take back what "
                f"is handed over: {mend}",
                "undecided",
            )

    def json(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "holders": self.holders,
            "parameters": self.secrets,
            "shown_in_a_dispute": self.shown,
            "crash_tolerance": self.found.crash_tolerance(),
            "threshold": self.found.threshold(),
            "verdict": self.answer.verdict,
            "reason": self.answer.reason.text,
        }


def placed(
    parts: Sequence[Component],
    vendors: Sequence[str],
    crashes: int,
    tell: Tell,
    *,
    narrowed: bool = True,
) -> Placed:
    """Place parts so that the most vendors must conspire to know all.

    Args:
        narrowed: whether disputes are narrowed down to one operation.

    Raises MachineError.
    """
    from checkers.market.placement.synthesis import synthesise  # asks Z3, slow to import

    principals = tuple(frozenset({vendor}) for vendor in range(len(vendors)))
    problem = Problem((1,) * len(parts), (None,) * len(vendors), principals, crashes)
    answer = synthesise(problem, progress=tell)
    if answer.placement is None:
        raise MachineError(f"--crashes {crashes}: {answer.reason.text}; give fewer")
    return Placed(parts, vendors, answer.placement, answer, narrowed)


def _widths(part: Component) -> str:
    return f"{part.program.takes} -> {part.program.gives}"


def _shown(part: Component) -> int:
    """How many secret constants a dispute that is narrowed down gives away: of one block."""
    secret, size = part.secret, block_size(part.secret.size)
    return max((int(secret[i : i + size].sum()) for i in range(0, secret.size, size)), default=0)
