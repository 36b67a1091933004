"""Who plays the game: each makes the moves that its own run makes right."""

import attrs

from impl.quarrel.game import Game
from impl.quarrel.run import Run


@attrs.frozen
class Executor:
    """Stands by its own run."""

    run: Run

    def move(self, game: Game) -> None:
        """Claim the middle, or show the step that is left."""
        if game.is_narrow:
            game.show(self.run.witness(game.low, game.since))
        else:
            game.claim(self.run.claim(game.middle, game.salted))


@attrs.frozen
class Opponent:
    """Doubts what is not as in its own run."""

    run: Run

    def move(self, game: Game) -> None:
        """Answer the executor's claim."""
        game.answer(game.claimed == self.run.claim(game.middle, game.salted))
