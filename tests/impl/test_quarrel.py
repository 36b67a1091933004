"""Bisection: proved, in lockstep with the referee, and played over real components."""

from collections.abc import Callable
from itertools import pairwise

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from checkers.explore.explorer import explore
from checkers.lockstep.fuzz import fuzz
from checkers.market.bisection import bisection_setup
from impl.ledger.transaction import Refused
from impl.models.fixedpoint import LIMIT
from impl.models.model import Component, Layer
from impl.quarrel.binding import Values, WitnessError, bind
from impl.quarrel.game import Game, Side, Verdict
from impl.quarrel.outline import Outline
from impl.quarrel.run import Run
from impl.quarrel.step import Witness, boundary_state, take_step
from spec.bisection import bisection
from spec.bytes import digest, merkle
from spec.bytes.encoding import Value, decode, encode
from tests.support.proofs import prove
from tests.support.quarrel import Executor, Opponent

# The machine


@pytest.mark.full
def test_everything_is_proved_and_cvc5_agrees() -> None:
    proof = prove(attrs.evolve(bisection, refuted=()), confirmed=True)
    assert proof.complete
    assert set(proof.answers.values()) == {"unsat"}
    assert proof.enumeration


def test_rounds_are_the_logarithm_of_the_steps() -> None:
    """At 17 positions, for every number of steps, with nothing deviating or everything."""
    found = explore(bisection, bisection.scope(Position=17, Round=5))
    assert not found.unreached
    assert [violation.property for violation in found.violations] == ["wrong_ends_lose"]


# The referee and the machine


class AsksTooLate(Game):
    """A claim is taken though a single step is left."""

    @property
    def is_narrow(self) -> bool:
        return self.high <= self.low


class SwapsHalves(Game):
    """To agree brings the high end down."""

    def answer(self, agrees: bool) -> None:
        super().answer(not agrees)


class KeepsTheClock(Game):
    """A move starts no new deadline."""

    def _hand_over(self, side: Side) -> None:
        left = self.left
        super()._hand_over(side)
        self.left = left


class BelievesTheExecutor(Game):
    """The step that is shown is not taken."""

    def show(self, witness: bytes) -> None:
        super().show(witness)
        self.verdict = Verdict.RIGHT


class BlamesTheOther(Game):
    """Who runs out of time wins."""

    def run_out(self) -> None:
        super().run_out()
        right = self.verdict is Verdict.RIGHT
        self.verdict = Verdict.WRONG if right else Verdict.RIGHT


class RoundsUp(Game):
    """The middle is rounded up."""

    @property
    def middle(self) -> int:
        return (self.low + self.high + 1) // 2


@pytest.mark.parametrize(
    "game", [AsksTooLate, SwapsHalves, KeepsTheClock, BelievesTheExecutor, BlamesTheOther, RoundsUp]
)
def test_a_planted_fault_is_seen(game: type[Game]) -> None:
    setup = bisection_setup(game)
    found = fuzz(bisection, setup, examples=200, steps=40, seed=1, shrink=False)
    assert found.divergence is not None


# Real components

some = settings(max_examples=40, deadline=None)
ONE = encode(np.array([[1]]))


@st.composite
def components(draw: st.DrawFn) -> Component:
    """Small components."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    layers = []
    for inputs, units in pairwise(widths):
        weights = st.integers(-(2**25), 2**25) | st.integers(-3, 3)
        layers.append(
            Layer(
                draw(nps.arrays(np.int64, (inputs, units), elements=weights)),
                draw(nps.arrays(np.int64, units, elements=st.integers(-(2**22), 2**22))),
                draw(st.integers(0, 30)),
                draw(st.booleans()),
            )
        )
    return Component(tuple(layers))


@st.composite
def traces(draw: st.DrawFn, rows: int = 0) -> Run:
    """Runs of small components, of so many rows or more, and not all within the limits."""
    component = draw(components())
    edges = st.sampled_from([-(2**63), -LIMIT - 1, -LIMIT, -1, 0, 1, LIMIT, LIMIT + 1, 2**63 - 1])
    shape = draw(st.integers(rows, 2)), component.inputs
    data = draw(nps.arrays(np.int64, shape, elements=edges | st.integers(-(2**24), 2**24)))
    return Run.of(component, encode(data))


@st.composite
def deviations(draw: st.DrawFn) -> tuple[Run, Run]:
    """A run, and another in which one output of some layer is not what it must be."""
    trace = draw(traces(rows=1))
    layers = trace.component.layers
    at = draw(st.integers(1, len(layers)))
    wrong = np.array(trace.activations[at])
    spot = draw(st.integers(0, wrong.size - 1))
    wrong.flat[spot] += draw(st.integers(-9, 9).filter(bool))
    activations = [*trace.activations[:at], wrong]
    for layer in layers[at:]:
        activations.append(layer.run(activations[-1]))
    return trace, Run(trace.component, tuple(activations))


def dispute(executor: Run) -> Game:
    """A quarrel over the output of a run."""
    return Game.over(executor.outline, executor.values[0], executor.values[-1].digest)


def play(game: Game, executor: Executor, opponent: Opponent) -> Verdict:
    """The verdict, once both have made their moves."""
    while game.verdict is Verdict.OPEN:
        player = executor if game.turn is Side.EXECUTOR else opponent
        player.move(game)
    return game.verdict


def most_rounds(steps: int) -> int:
    """The logarithm of a number of steps, rounded up."""
    return (steps - 1).bit_length()


@some
@given(traces())
def test_steps_lead_from_the_input_to_the_output(trace: Run) -> None:
    data = encode(trace.activations[0])
    root = Outline.of(trace.component).digest
    state = boundary_state(bind(data).digest)
    for position in range(trace.steps):
        assert state == trace.digest(position)
        state = take_step(root, position, state, trace.witness(position))
    assert state == trace.digest(trace.steps)
    assert state == boundary_state(bind(trace.component.run_bytes(data)).digest)


@some
@given(deviations())
def test_a_wrong_value_anywhere_is_found(runs: tuple[Run, Run]) -> None:
    right, wrong = runs
    assume(not np.array_equal(right.activations[-1], wrong.activations[-1]))
    game = dispute(wrong)
    assert play(game, Executor(wrong), Opponent(right)) is Verdict.WRONG
    assert game.rounds <= most_rounds(right.steps)
    assert right.digest(game.low) == wrong.digest(game.low)
    assert right.digest(game.high) != wrong.digest(game.high)


@attrs.frozen
class Lying(Executor):
    """Claims a false accumulator, from some position on."""

    since: int

    def move(self, game: Game) -> None:
        if game.is_narrow or game.middle < self.since:
            super().move(game)
        else:
            state = self.run.state(game.middle)
            game.claim(attrs.evolve(state, accumulator=state.accumulator + 1).digest)


@some
@given(traces(rows=1), st.data())
def test_a_wrong_sum_anywhere_is_found(trace: Run, data: st.DataObject) -> None:
    output = np.array(trace.activations[-1])
    output.flat[data.draw(st.integers(0, output.size - 1))] += 1
    game = Game.over(trace.outline, trace.values[0], Values.of(output).digest)
    liar = Lying(trace, data.draw(st.integers(0, trace.steps)))
    assert play(game, liar, Opponent(trace)) is Verdict.WRONG
    assert game.rounds <= most_rounds(trace.steps)


@attrs.frozen
class Stubborn(Opponent):
    """Answers whatever it likes."""

    answers: Callable[[], bool]

    def move(self, game: Game) -> None:
        game.answer(self.answers())


@some
@given(traces(), st.data())
def test_who_is_right_wins_whatever_is_answered(trace: Run, data: st.DataObject) -> None:
    game = dispute(trace)
    anything = Stubborn(trace, lambda: data.draw(st.booleans()))
    assert play(game, Executor(trace), anything) is Verdict.RIGHT
    assert game.rounds <= most_rounds(trace.steps)


@some
@given(deviations(), st.integers(0, 2), st.booleans())
def test_a_padded_quarrel_takes_just_its_rounds(
    runs: tuple[Run, Run], more: int, honest: bool
) -> None:
    """Whatever part of it is about steps, and whatever about where the run has ended."""
    right, wrong = runs
    assume(not np.array_equal(right.activations[-1], wrong.activations[-1]))
    rounds, defended = most_rounds(right.steps) + more, right if honest else wrong
    game = Game.padded(right.outline, right.values[0], defended.values[-1].digest, rounds)
    verdict = play(game, Executor(defended), Opponent(wrong if honest else right))
    assert verdict is (Verdict.RIGHT if honest else Verdict.WRONG)
    assert game.rounds == rounds


@some
@given(traces(rows=1), st.sampled_from([b"", b"junk", encode(np.zeros((1, 9), np.int64))]))
def test_what_a_component_does_not_take_gives_nothing(trace: Run, data: bytes) -> None:
    for output, verdict in ((b"", Verdict.RIGHT), (ONE, Verdict.WRONG)):
        game = Game.padded(trace.outline, bind(data), bind(output).digest, 2)
        while not game.is_narrow:
            game.claim(boundary_state(bind(b"").digest))
            game.answer(True)
        with pytest.raises(WitnessError, match="nothing to show"):
            game.show(trace.witness(0))
        game.show(b"")
        assert game.verdict is verdict


@some
@given(traces(rows=1))
def test_what_is_too_large_to_quarrel_about_is_not_taken(trace: Run) -> None:
    rounds = most_rounds(trace.steps)
    assert trace.outline.takes(trace.values[0], rounds)
    assert not trace.outline.takes(trace.values[0], rounds - 1)


def test_an_accomplice_makes_a_wrong_output_win() -> None:
    """As the specification finds: so whoever holds the component may dispute for itself."""
    component = Component((Layer(np.array([[3]]), np.array([1]), 0, rectified=False),))
    right, wrong = (Run.of(component, encode(np.array([[value]]))) for value in (1, 2))
    game = Game.over(right.outline, right.values[0], wrong.values[-1].digest)
    while not game.is_narrow:
        game.claim(wrong.digest(game.middle))
        game.answer(game.middle == 1)  # the input is multiplied first
    assert game.low == 1
    game.show(wrong.witness(1))
    assert game.verdict is Verdict.RIGHT


# Witnesses


@some
@given(traces(rows=1), st.data())
def test_no_byte_of_a_witness_can_be_another(trace: Run, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, trace.steps - 1))
    witness = bytearray(trace.witness(position))
    spot = data.draw(st.integers(0, len(witness) - 1))
    witness[spot] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WitnessError):
        take_step(trace.outline.digest, position, trace.digest(position), bytes(witness))


def tampered(witness: Witness) -> dict[str, Witness]:
    """Witnesses that differ from one in a part that is well formed."""
    outline, values, shown = witness.outline, witness.values, witness.parameter
    first, *others = outline.layers
    rows, columns = values.shape
    shifted = (attrs.evolve(first, shift=first.shift + 1), *others)
    made = {
        "shift": attrs.evolve(witness, outline=Outline(shifted, outline.root)),
        "root": attrs.evolve(witness, outline=attrs.evolve(outline, root=bytes(32))),
        "rows": attrs.evolve(witness, values=Values((rows + 1, columns), values.root)),
        "columns": attrs.evolve(witness, values=Values((rows, columns + 1), values.root)),
        "accumulator": attrs.evolve(witness, accumulator=witness.accumulator + 1),
        "truth": attrs.evolve(witness, accumulator=bool(witness.accumulator)),
        "peaks": attrs.evolve(witness, peaks=[*witness.peaks, bytes(32)]),
        "no parameter": attrs.evolve(witness, parameter=None),
        "no value": attrs.evolve(witness, value=None),
        "swapped": attrs.evolve(witness, parameter=witness.value, value=shown),
        "doubled": attrs.evolve(witness, value=shown),
    }
    if shown is not None:
        longer = attrs.evolve(shown, proof=[*shown.proof, bytes(32)])
        other = attrs.evolve(shown, number=shown.number + 1)
        made["proof"] = attrs.evolve(witness, parameter=longer)
        made["weight"] = attrs.evolve(witness, parameter=other)
    return {name: other for name, other in made.items() if other.canonical() != witness.canonical()}


@some
@given(traces(rows=1), st.data())
def test_no_part_of_a_witness_can_be_another(trace: Run, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, trace.steps - 1))
    root, before = Outline.of(trace.component).digest, trace.digest(position)
    for name, other in tampered(Witness.parse(trace.witness(position))).items():
        with pytest.raises(WitnessError):
            pytest.fail(f"{name}: {take_step(root, position, before, other.canonical())!r}")


@some
@given(traces(rows=1), st.data())
def test_a_witness_is_of_one_step_and_one_component(trace: Run, data: st.DataObject) -> None:
    position, other = (data.draw(st.integers(0, trace.steps - 1)) for _ in range(2))
    root, before = Outline.of(trace.component).digest, trace.digest(position)
    witness = trace.witness(position)
    after = take_step(root, position, before, witness)
    assert after == trace.digest(position + 1)
    assert Witness.parse(witness).canonical() == witness
    with pytest.raises(WitnessError, match="outline"):
        take_step(bytes(32), position, before, witness)
    if trace.digest(other) != before:
        with pytest.raises(WitnessError):
            take_step(root, other, trace.digest(other), witness)


@some
@given(st.binary(max_size=200))
def test_bytes_that_are_no_witness_are_refused(data: bytes) -> None:
    with pytest.raises(WitnessError):
        take_step(bytes(32), 0, bytes(32), data)


def test_what_has_not_the_form_of_a_witness_is_refused() -> None:
    trace = Run.of(Component((Layer(np.array([[3]]), np.array([1]), 0, rectified=True),)), ONE)
    fields = decode(trace.witness(0))
    assert isinstance(fields, dict)
    unfit: list[list[Value]] = [
        [],
        [[1, 1, 53, True]],
        [[0, 1, 0, True]],
        [[1, 2, 0, True], [1, 1, 0, True]],
    ]
    with pytest.raises(WitnessError, match="expected a map"):
        Witness.parse(encode({**fields, "more": None}))
    for layers in unfit:
        data = encode({**fields, "outline": [layers, bytes(32)]})
        with pytest.raises(WitnessError, match="outline"):
            take_step(trace.outline.digest, 0, trace.digest(0), data)


def test_a_quarrel_needs_an_input_that_the_component_takes() -> None:
    outline = Outline.of(Component((Layer(np.array([[3]]), np.array([1]), 0, rectified=True),)))
    for shape in ((1,), (1, 2), (1, 1, 1)):
        with pytest.raises(WitnessError, match="open the whole step"):
            Game.over(outline, Values(shape, bytes(32)), bytes(32))


def test_what_is_no_tensor_is_bound_too() -> None:
    bound = [bind(d).digest for d in (b"", b"x", encode(1), encode(np.zeros((2, 3), np.int64)))]
    assert len({*bound, bind(encode(np.zeros((3, 2), np.int64))).digest}) == 5


@some
@given(traces())
def test_outlines_tell_components_apart(trace: Run) -> None:
    component = trace.component
    first, *others = component.layers
    for changed in (
        attrs.evolve(first, shift=first.shift ^ 1),
        attrs.evolve(first, rectified=not first.rectified),
        attrs.evolve(first, bias=first.bias + 1),
        attrs.evolve(first, weights=first.weights + 1),
    ):
        assert Outline.of(Component((changed, *others))).digest != Outline.of(component).digest


def test_a_refused_witness_leaves_the_quarrel_open() -> None:
    trace = Run.of(Component((Layer(np.array([[3]]), np.array([1]), 0, rectified=True),)), ONE)
    game = dispute(trace)
    with pytest.raises(Refused, match="one step is left"):
        game.show(trace.witness(0))
    while not game.is_narrow:
        Executor(trace).move(game)
        game.answer(False)
    with pytest.raises(WitnessError):
        game.show(trace.witness(1))
    game.show(trace.witness(0))
    assert game.verdict is Verdict.RIGHT


# What it costs


def trace_of_widths(rows: int, *widths: int) -> Run:
    """A run of a random component."""
    random = np.random.default_rng(0)
    layers = [
        Layer(
            random.integers(-999, 999, (inputs, units)),
            random.integers(-999, 999, units),
            12,
            rectified=True,
        )
        for inputs, units in pairwise(widths)
    ]
    data = random.integers(-(2**14), 2**14, (rows, widths[0]))
    return Run.of(Component(tuple(layers)), encode(data))


@pytest.mark.parametrize(("rows", "widths"), [(1, (8, 4)), (3, (16, 8, 5)), (1, (64, 32, 10))])
def test_the_referee_hashes_logarithmically_often(
    rows: int, widths: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = trace_of_widths(rows, *widths)
    positions = [*range(0, trace.steps, max(trace.steps // 40, 1)), trace.steps - 1]
    shown = [(p, trace.digest(p), trace.digest(p + 1), trace.witness(p)) for p in positions]
    root = Outline.of(trace.component).digest
    count = 0

    def counted(original: Callable[..., object]) -> Callable[..., object]:
        def hashed(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            return original(*args, **kwargs)

        return hashed

    for module in (merkle, digest):
        monkeypatch.setattr(module, "blake3", counted(module.blake3))
    parameters, values = trace.outline.parameters, max(map(np.size, trace.activations))
    for position, before, after, witness in shown:
        count = 0
        assert take_step(root, position, before, witness) == after
        # A path to the parameter and one to the value, with their leaves, or the peaks; 6 digests.
        assert count <= parameters.bit_length() + 1 + values.bit_length() + 1 + 6


def test_a_large_quarrel_takes_few_rounds() -> None:
    right = trace_of_widths(1, 64, 32, 10)
    wrong = Run(right.component, (*right.activations[:2], right.activations[2] + 1))
    game = dispute(wrong)
    assert play(game, Executor(wrong), Opponent(right)) is Verdict.WRONG
    assert (right.steps, most_rounds(right.steps)) == (2412, 12)
    assert game.rounds <= 12
