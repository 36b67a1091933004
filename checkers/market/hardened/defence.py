"""How the executor of a disputed step defends it, soundly or not."""

from collections.abc import Mapping
from functools import cache

import attrs

from checkers.market.hardened.agreed import ROUNDS, VERSIONS, component_salt
from checkers.market.values import data_of
from impl.hardened.records import Request
from impl.hardened.statement import Statement
from impl.models.model import Component
from impl.quarrel.game import Game
from impl.quarrel.outline import Outline
from impl.quarrel.run import Run


@attrs.frozen
class Defence:
    """What the executor of a disputed step can say and show.

    Attributes:
        made: the request.
        openings: of the commitments to the data between its steps, by commitment.
    """

    made: Request
    openings: Mapping[bytes, bytes]

    @property
    def executor(self) -> bytes:
        """Who defends the step."""
        return self.made.executors[self.made.disputed]

    @property
    def opened(self) -> Mapping[str, bytes]:
        """All that there is to the step: both openings, and the component with its salt."""
        spent, output = self._openings
        salt = component_salt(self.made.terms.number, self.made.disputed)
        return {"input": spent, "output": output, "salt": salt, "component": self._component}

    @property
    def stated(self) -> Statement:
        """What the quarrel is about."""
        outline = Outline.of(Component.parse(self._component))
        return Statement.of(outline, self.opened["salt"], *self._openings)

    @property
    def statement(self) -> bytes:
        """What the executor states with its next move: with its first, all that it is bound to."""
        return b"" if self.made.game else self.stated.canonical()

    @property
    def game(self) -> Game:
        """The quarrel: as it stands, or as the executor will begin it."""
        stated = self.stated
        return self.made.game or Game.padded(stated.outline, stated.input, stated.output, ROUNDS)

    @property
    def leads(self) -> bool:
        """Whether what is left of the quarrel leads to what the executor says."""
        game = self.game
        return self._agreed(game).digest(game.high) == game.at_high

    @property
    def witness(self) -> bytes:
        """What shows the one step that is left."""
        game = self.game
        return self._agreed(game).witness(game.low)

    def middle(self, first: bool) -> bytes:
        """A state in the middle to which the first half leads; or one to which neither leads."""
        game = self.game
        run = self._agreed(game) if first else self._foreign(game)
        return run.digest(game.middle)

    @property
    def _openings(self) -> tuple[bytes, bytes]:
        step = self.made.disputed
        spent, output = (self.openings[link] for link in self.made.links[step : step + 2])
        return spent, output

    @property
    def _component(self) -> bytes:
        return VERSIONS[self.made.version].part(self.made.disputed)

    def _agreed(self, game: Game) -> Run:
        """The run that both sides agree on, up to where the quarrel begins."""
        return next(run for run in _runs(self._component) if run.digest(game.low) == game.at_low)

    def _foreign(self, game: Game) -> Run:
        """A run that has neither end of what is left of the quarrel."""
        ends = {game.at_low, game.at_high}
        runs = _runs(self._component)
        return next(run for run in runs if not {run.digest(game.low), run.digest(game.high)} & ends)


@cache
def _runs(part: bytes) -> list[Run]:
    """What parties say they had: runs of a component on what was given, and on other numbers."""
    return [Run.of(Component.parse(part), data_of(number)) for number in (1, -1, 2, 3, 4)]
