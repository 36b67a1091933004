"""Who plays the game: each makes the moves that its own run makes right."""

import attrs
import numpy as np

from impl.models.fixedpoint import Integers
from impl.quarrel.game import Game
from impl.quarrel.run import Run


def forged(run: Run, tensor: int, place: int, by: int) -> Run:
    """A run in which one number is not what it must be, and all others are what follows.

    Raises IndexError if nothing follows: a number names a column that there is not.

    Args:
        tensor: that of a node, one more than the node's number.
        place: of the number, in the order of the rows.
        by: how much is added.
    """
    program, made = run.component.program, [*run.tensors[1:]]
    columns = np.cumsum([one.width for one in program.inputs])[:-1]
    held: list[Integers] = [*np.split(run.tensors[0], columns, axis=1)]
    held += [constant.astype(np.int64).reshape(1, -1) for constant in run.component.constants]
    for index, node in enumerate(program.nodes):
        if index >= tensor:
            operands = [held[operand] for operand in node.operands]
            made[index] = node.operator.run(operands, node.attributes).astype(np.int64)
        if index == tensor - 1:
            made[index] = made[index].copy()
            made[index].flat[place] += by
        held.append(made[index])
    return attrs.evolve(run, tensors=(run.tensors[0], *made))


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
