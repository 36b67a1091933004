"""What is lost of a model, and told before anything is sold."""

from collections.abc import Iterator
from math import isfinite
from typing import Self

import attrs

from checkers.market.rows import Rows
from checkers.market.splitting.source import Source
from checkers.results.page import Line
from checkers.results.words import counted
from impl.models.importing.loss import Loss, Unasked
from impl.models.model import Model
from impl.models.operators import GREATER_EQUAL, ModelError
from spec.notation import MachineError


@attrs.frozen(eq=False)
class Lost:
    """How far a model is from what it was made of.

    Attributes:
        model: the model.
        loss: how far it is from its original, if that was looked at.
        unlooked: why it was not.
        rounded: how many rows of the data for that are not on the grid of what it takes.
        comparable: whether there is an original to look at.
    """

    model: Model
    loss: Loss | None
    unlooked: str
    rounded: int
    comparable: bool

    @classmethod
    def of(cls, source: Source, rows: Rows | None) -> Self:
        """What is lost, looked at on rows, if there are some. Raises MachineError."""
        model, loss, unlooked = source.model, None, ""
        try:
            loss = source.loss(rows)
        except Unasked as why:
            unlooked = str(why)
        except ModelError as error:
            raise MachineError(f"{source.named}: {error}") from None
        rounded = model.face.rounded(rows.numbers) if rows and loss else 0
        return cls(model, loss, unlooked, rounded, source.original is not None)

    def page(self) -> Iterator[Line]:
        """All that is known of it, in lines."""
        yield from self._bounded()
        if self.loss is None:
            yield Line(f"loss: not looked at: {self.unlooked}")
            return
        yield Line(f"loss on the data: {self.loss.held_out}")
        if self.rounded:
            rows = counted(self.loss.held_out.rows, "row")
            past = ": where that takes a number past a threshold, it goes another way"
            yield Line(
                f"  {self.rounded} of {rows} of the data are rounded to the grid first"
                f"{past if self._has_thresholds else ''}; asked in as many decimals as the data "
                "have, they stay what they are"
            )
        yield Line(
            f"loss on {counted(self.loss.uniform.rows, 'row')} anywhere: {self.loss.uniform}"
        )

    def _bounded(self) -> Iterator[Line]:
        """By how much it can be off at most, and why, if that is so much."""
        error, ends = self.model.error, self.model.component.ranges[-1]
        if error is not None and ends is not None:
            least, most = (end / self.model.steps for end in ends)
            yield Line(
                f"off by {error:.2g} at most, for all that it takes, where answers can be "
                f"{least:.2g} to {most:.2g}",
                "against" if error >= most - least else "",
            )
        elif self.comparable:
            yield Line("how far it can be off is measured, and not bounded")
        if isfinite(self.model.cut):
            yield Line(
                f"numbers on the way that reach {self.model.cut:,.0f} are cut off there, for what "
                "is made of them would not be exact: the fewer --bits, the more they can reach",
                "against",
            )

    @property
    def _has_thresholds(self) -> bool:
        return any(node.operator is GREATER_EQUAL for node in self.model.component.program.nodes)

    def json(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "error": self.model.error,
            "cut": self.model.cut if isfinite(self.model.cut) else None,
            "loss": self.loss and attrs.asdict(self.loss),
            "loss_not_looked_at": self.unlooked,
            "rounded": self.rounded,
        }
