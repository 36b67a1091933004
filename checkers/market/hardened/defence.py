"""How the executor of a disputed step defends it, soundly or not."""

from collections.abc import Mapping

import attrs

from checkers.market.hardened.agreed import ROUNDS, VERSIONS
from checkers.market.values import data_of
from impl.hardened.records import Request
from impl.hardened.sealing import seal
from impl.hardened.statement import Statement
from impl.quarrel.game import Game
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion, salting_key
from impl.recent import remembered


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
        """All that there is to the step: both openings, and the component with its secret."""
        spent, output = self._openings
        secret, component = self._handed[:SALT], self._handed[SALT:]
        return {"input": spent, "output": output, "secret": secret, "component": component}

    @property
    def stated(self) -> Statement:
        """What the quarrel is about."""
        return Statement.of(self._handed, *self._openings, ROUNDS, self.made.quarrel)

    @property
    def statement(self) -> bytes:
        """What the executor states with its next move: with its first, all that it is bound to."""
        return b"" if self.made.game else self.stated.canonical()

    @property
    def is_shown(self) -> bool:
        """Whether the opponent is to be told what went into the step."""
        return self.made.may_see(self.made.disputed, self.made.opponent)

    def telling(self, sound: bool) -> Mapping[str, bytes]:
        """What it states, and tells its opponent, with its first move: the truth, or not.

        One that may see the input is sealed another salt of it; to any other, salts are misstated.
        """
        if self.made.game:
            return {"statement": b"", "sealed": b""}
        stated, opening = self.stated, self.opened["input"]
        if not self.is_shown:
            salts = stated.salts if sound else bytes(len(stated.salts))
            return {"statement": attrs.evolve(stated, salts=salts).canonical(), "sealed": b""}
        told = opening if sound else bytes(SALT) + opening[SALT:]
        return {"statement": stated.canonical(), "sealed": seal(self.made.opponent_key, told)}

    def shown(self, secret: bytes) -> Mapping[str, bytes]:
        """What shows that an opponent was told no truth, if that is so; the secret is its key's."""
        if self.is_shown:
            return {"secret": secret, "salt": b"", "key": b""}
        salt, key = self.opened["input"][:SALT], salting_key(self.opened["secret"])
        return {"secret": b"", "salt": salt, "key": key}

    @property
    def game(self) -> Game:
        """The quarrel: as it stands, or as the executor will begin it."""
        return self.made.game or self.stated.game(ROUNDS)

    @property
    def leads(self) -> bool:
        """Whether what is left of the quarrel leads to what the executor says."""
        return self._leads(self._agreed)

    @property
    def witness(self) -> bytes:
        """What shows the one step that is left."""
        game = self.game
        return self._agreed.witness(game.low, game.since)

    def middle(self, first: bool) -> bytes:
        """A state in the middle to which the first half leads; or one to which neither leads."""
        run = self._agreed if first else self._foreign
        return run.claim(self.game.middle, self.game.salted)

    @property
    def _openings(self) -> tuple[bytes, bytes]:
        step = self.made.disputed
        spent, output = (self.openings[link] for link in self.made.links[step : step + 2])
        return spent, output

    @property
    def _handed(self) -> bytes:
        return VERSIONS[self.made.version].handed(self.made.disputed)

    @property
    def _runs(self) -> list[Run]:
        spent, _ = self._openings
        return _runs(self._handed, spent[:SALT], self.made.quarrel)

    @property
    def _agreed(self) -> Run:
        """The run that both sides agree on, up to where the quarrel begins."""
        return next(run for run in self._runs if self._begins(run))

    @property
    def _foreign(self) -> Run:
        """A run that has neither end of what is left of the quarrel."""
        return next(run for run in self._runs if not self._begins(run) and not self._leads(run))

    def _begins(self, run: Run) -> bool:
        game = self.game
        return run.claim(game.low, game.since_low) == game.at_low

    def _leads(self, run: Run) -> bool:
        game = self.game
        return run.claim(game.high, game.since_high) == game.at_high


@remembered(1 << 26)  # each request has others, and there are many, one run after the other
def _runs(handed: bytes, salt: bytes, quarrel: Occasion) -> list[Run]:
    """What parties say they had: runs of a component on what was given, and on other numbers."""
    numbers = (1, -1, 2, 3, 4)
    return [Run.of(handed, salt + data_of(number), quarrel, ROUNDS) for number in numbers]
