"""Lies about runs of every kind of model: each is caught, and who is right is upheld in each."""

from collections import Counter
from collections.abc import Sequence

import attrs
import numpy as np
import pytest

from impl.models.component import Component
from impl.models.fixedpoint import Integers
from impl.quarrel.binding import NOTHING, Given, Values
from impl.quarrel.game import Game, Side, Verdict
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from impl.quarrel.step import GONE, State, claim_of
from spec.bytes.encoding import encode
from tests.support.kinds import KINDS, made
from tests.support.quarrel import Executor, Opponent, forged

SECRET, SALTED = (bytes([n]) * SALT for n in (1, 2))
LARGEST = 8000
"""Bytes that a witness has, at most."""


@attrs.frozen
class Liar(Executor):
    """Claims, from some position on, what it has made up; and shows what it can."""

    since: int
    lie: State | None

    def move(self, game: Game) -> None:
        if game.is_narrow or game.middle < self.since:
            super().move(game)
        else:
            bound = GONE if self.lie is None else self.lie.digest
            salts = self.run.salts.claims
            game.claim(bound if game.salted is None else claim_of(bound, salts[game.salted]))


@attrs.frozen
class Arbitrary(Opponent):
    """Answers by chance."""

    random: np.random.Generator

    def move(self, game: Game) -> None:
        game.answer(bool(self.random.integers(2)))


def verdict(game: Game, executor: Executor, opponent: Opponent) -> Verdict:
    """What is held in the end. A witness that is refused is none, and the executor loses."""
    while game.verdict is Verdict.OPEN:
        (executor if game.turn is Side.EXECUTOR else opponent).move(game)
    return game.verdict


def over(run: Run, output: Given) -> Game:
    """A quarrel about what a run is said to give."""
    return Game.over(run.outline, run.values[0], output.digest, run.salts.root)


def lied(run: Run, random: np.random.Generator) -> tuple[str, Executor, Given]:
    """A lie about a run, of some sort: who tells it, and what it says comes out."""
    tensor = int(random.integers(1, len(run.tensors)))
    place = int(random.integers(run.tensors[tensor].size))
    by = int(random.choice([-1, 1, 7, -(2**20), 2**20]))
    sort = str(random.choice(["followed", "alone", "output", "sum", "nothing", "state"]))
    output = run.tensors[-1].copy()
    output.flat[random.integers(output.size)] += by
    said = Values.of(output, b"".join(run.value_salts[-1]))
    since = int(random.integers(1, run.steps))
    state = run.state(since)
    assert state is not None
    if sort == "followed":  # a wrong number, and what follows from it, as far as anything does
        try:
            wrong = forged(run, tensor, place, by)
        except IndexError:
            wrong = run
        if not np.array_equal(wrong.tensors[-1], run.tensors[-1]):
            return sort, Executor(wrong), wrong.output
        sort = "output"
    if sort == "alone":  # a wrong number, of which nothing follows but another output
        numbers = run.tensors[tensor].copy()
        numbers.flat[place] += by
        tensors = [*run.tensors[:-1], output]
        tensors[tensor] = numbers if tensor < len(run.tensors) - 1 else output
        return sort, Executor(attrs.evolve(run, tensors=tuple(tensors))), said
    if sort == "output":
        return sort, Executor(attrs.evolve(run, tensors=(*run.tensors[:-1], output))), said
    if sort == "sum":
        return sort, Liar(run, since, attrs.evolve(state, accumulator=state.accumulator + by)), said
    if sort == "state":
        return sort, Liar(run, since, attrs.evolve(state, values=(bytes(32),))), said
    return sort, Liar(run, since, None), NOTHING


def caught(component: Component, rows: Integers, lies: int, seed: int) -> Counter[str]:
    """How many lies of each sort were told about runs of a component, and caught."""
    random, told = np.random.default_rng(seed), Counter[str]()
    for number in range(lies):
        if number % 20 == 0:
            row = random.choice(rows, size=int(random.integers(1, 3)), replace=False)
            occasion = Occasion(f"{number}".encode())
            run = Run.of(SECRET + component.canonical(), SALTED + encode(row), occasion)
        sort, liar, said = lied(run, random)
        game = over(run, said)
        assert verdict(game, liar, Opponent(run)) is Verdict.WRONG, sort
        assert game.rounds <= run.rounds
        for opponent in (Opponent(liar.run), Arbitrary(run, random)):
            assert verdict(over(run, run.output), Executor(run), opponent) is Verdict.RIGHT, sort
        told[sort] += 1
    return told


def parts_of(kind: str) -> Sequence[tuple[Component, Integers]]:
    """The parts of a model of a kind, each with rows that come to it."""
    model, rows = made(kind)
    found = []
    for part in model.split():
        found.append((part, rows))
        rows = part.run(rows)
    return found


SORTS = {"followed", "alone", "output", "sum", "nothing", "state"}


@pytest.mark.parametrize("kind", [*KINDS])
def test_a_lie_about_a_model_of_any_kind_is_caught(kind: str) -> None:
    told = Counter[str]()
    for number, (part, rows) in enumerate(parts_of(kind)):
        told += caught(part, rows, 20 // len(made(kind)[0].split()) + 1, seed=number)
    assert told.total() >= 20


@pytest.mark.full
@pytest.mark.parametrize("kind", [*KINDS])
def test_ten_thousand_lies_are_caught(kind: str) -> None:
    """Of all kinds together."""
    parts, told = parts_of(kind), Counter[str]()
    each = -(-10_000 // (len(KINDS) * len(parts)))
    for number, (part, rows) in enumerate(parts):
        told += caught(part, rows, each, seed=100 + number)
    assert len(KINDS) * told.total() >= 10_000
    assert {*told} == SORTS


@pytest.mark.parametrize("kind", [*KINDS])
def test_what_is_shown_of_a_model_of_any_kind_is_small(kind: str) -> None:
    for part, rows in parts_of(kind):
        run = Run.of(SECRET + part.canonical(), SALTED + encode(rows[:1]), Occasion())
        positions = range(0, run.steps, max(1, run.steps // 20))
        shown = [len(run.witness(position, (0, run.rounds - 1))) for position in positions]
        assert max(shown) < LARGEST
