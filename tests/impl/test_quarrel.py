"""Bisection: proved, in lockstep with the referee, and played over real components."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from checkers.explore.explorer import explore
from checkers.lockstep.fuzz import fuzz
from checkers.market.bisection import bisection_setup
from impl.ledger.transaction import Refused
from impl.models.component import Component
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph
from impl.models.network import Layer, network
from impl.models.operators import CONCAT, ReduceSum
from impl.models.program import Node
from impl.quarrel.binding import NOTHING, Values, WitnessError, bind, parse_given
from impl.quarrel.blocks import (
    MOST,
    NUMBER,
    appended,
    block_count,
    block_of,
    block_size,
    leaves,
    length_of,
    number_at,
)
from impl.quarrel.game import Game, Side, Verdict
from impl.quarrel.outline import Outline
from impl.quarrel.peaks import Subtrees
from impl.quarrel.run import Run, execute
from impl.quarrel.salts import (
    SALT,
    Occasion,
    Salting,
    SaltTable,
    StatedSalts,
    salts_of,
    secret_digest,
)
from impl.quarrel.step import (
    GONE,
    LARGEST,
    Bound,
    Rounds,
    Step,
    Witness,
    boundary_state,
    claim_of,
    take_step,
)
from spec.bisection import bisection
from spec.bytes import digest, merkle
from spec.bytes.encoding import Tensor, Value, decode, encode
from tests.support.graphs import components, inputs
from tests.support.proofs import prove
from tests.support.quarrel import Executor, Opponent, forged

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
SECRET, SALTED = bytes(range(SALT)), bytes(range(SALT, 2 * SALT))
"""A component's secret, and the salt of an input."""
OCCASION = Occasion(b"request", 1, b"opponent")
AT_ENDS = (None, None)
"""Of states that were claimed in no round of a quarrel."""


def run(component: Component, data: bytes) -> Run:
    """A run of a component."""
    return Run.of(SECRET + component.canonical(), SALTED + data, OCCASION)


def outline(component: Component) -> Outline:
    """A component's outline."""
    return Outline.of(component, SECRET)


def tripling() -> Component:
    """A component that multiplies by 3 and adds 1."""
    graph = Graph()
    graph.input(1, -9, 9).matmul(np.array([[3]]), np.array([1]))
    return graph.component()


@st.composite
def traces(draw: st.DrawFn, rows: int = 0, gone: bool = False) -> Run:
    """Runs of small components, of so many rows or more; or such as come to nothing, or may."""
    component = draw(components())
    values = draw(inputs(component, rows=rows, most=2))
    if gone and values.size and draw(st.booleans()):
        place = draw(st.integers(0, values.size - 1))
        values.flat[place] = draw(st.sampled_from([-(2**63), -(2**60), 2**60, 2**63 - 1]))
    return run(component, encode(values))


@st.composite
def deviations(draw: st.DrawFn) -> tuple[Run, Run]:
    """A run, and another in which one number of a node's value is not what it must be."""
    trace = draw(traces(rows=1))
    tensor = draw(st.integers(1, len(trace.tensors) - 1))
    place = draw(st.integers(0, trace.tensors[tensor].size - 1))
    try:
        wrong = forged(trace, tensor, place, draw(st.integers(-9, 9).filter(bool)))
    except IndexError:
        reject()
    assume(not np.array_equal(trace.tensors[-1], wrong.tensors[-1]))
    return trace, wrong


def dispute(executor: Run) -> Game:
    """A quarrel over the output of a run."""
    given, output = executor.values[0], executor.output
    return Game.over(executor.outline, given, output.digest, executor.salts.root)


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
@given(traces(gone=True))
def test_steps_lead_from_the_input_to_the_output(trace: Run) -> None:
    data = encode(trace.tensors[0])
    state = boundary_state(bind(SALTED + data).digest)
    for position in range(trace.steps):
        witness = trace.witness(position, AT_ENDS)
        before, after = take_step(trace.bound, position, AT_ENDS, witness)
        assert state == before == trace.claim(position, None)
        state = after
    assert state == trace.claim(trace.steps, None)
    output = execute(SECRET + trace.component.canonical(), SALTED + data, trace.rounds, OCCASION)
    assert output[SALT:] == (b"" if trace.is_gone else trace.component.run_bytes(data))
    assert state == boundary_state(bind(output).digest)


@some
@given(deviations())
def test_a_wrong_value_anywhere_is_found(runs: tuple[Run, Run]) -> None:
    right, wrong = runs
    game = dispute(wrong)
    assert play(game, Executor(wrong), Opponent(right)) is Verdict.WRONG
    assert game.rounds <= most_rounds(right.steps)
    assert right.claim(game.low, None) == wrong.claim(game.low, None)
    assert right.claim(game.high, None) != wrong.claim(game.high, None)


@attrs.frozen
class Lying(Executor):
    """Claims a false accumulator, from some position on."""

    since: int

    def move(self, game: Game) -> None:
        if game.is_narrow or game.middle < self.since:
            super().move(game)
        else:
            state = self.run.state(game.middle)
            assert state is not None
            state = attrs.evolve(state, accumulator=state.accumulator + 1)
            salts = self.run.salts.claims
            game.claim(
                state.digest if game.salted is None else claim_of(state.digest, salts[game.salted])
            )


@some
@given(traces(rows=1), st.data())
def test_a_wrong_sum_anywhere_is_found(trace: Run, data: st.DataObject) -> None:
    output = np.array(trace.tensors[-1])
    output.flat[data.draw(st.integers(0, output.size - 1))] += 1
    wrong = Values.of(output, b"".join(trace.value_salts[-1]))
    game = Game.over(trace.outline, trace.values[0], wrong.digest, trace.salts.root)
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
    rounds = most_rounds(right.steps) + more
    right, wrong = (attrs.evolve(each, rounds=rounds) for each in runs)
    defended = right if honest else wrong
    output, salts = defended.values[-1].digest, right.salts.root
    game = Game.padded(right.outline, right.values[0], output, salts, rounds)
    verdict = play(game, Executor(defended), Opponent(wrong if honest else right))
    assert verdict is (Verdict.RIGHT if honest else Verdict.WRONG)
    assert game.rounds == rounds


@some
@given(traces(rows=1), st.sampled_from([b"", b"junk", encode(np.zeros((1, 9), np.int64))]))
def test_what_a_component_does_not_take_gives_nothing(trace: Run, data: bytes) -> None:
    for output, verdict in ((b"", Verdict.RIGHT), (ONE, Verdict.WRONG)):
        gives = bind(SALTED + output).digest
        game = Game.padded(trace.outline, bind(SALTED + data), gives, trace.salts.root, 2)
        while not game.is_narrow:
            game.claim(boundary_state(NOTHING.digest))
            game.answer(True)
        with pytest.raises(WitnessError, match="nothing to show"):
            game.show(trace.witness(0, AT_ENDS))
        game.show(b"")
        assert game.verdict is verdict


@some
@given(traces(rows=1), st.data())
def test_whoever_computes_with_what_is_not_taken_loses(trace: Run, data: st.DataObject) -> None:
    values = trace.tensors[0].copy()
    values.flat[data.draw(st.integers(0, values.size - 1))] = data.draw(
        st.sampled_from([-(2**52), 2**52])
    )
    right = run(trace.component, encode(values))
    assert right.is_gone
    assert right.output == NOTHING
    assert play(dispute(right), Executor(right), Opponent(trace)) is Verdict.RIGHT
    wrong = attrs.evolve(right, tensors=(values, *trace.tensors[1:]))
    assert play(dispute(wrong), Executor(wrong), Opponent(right)) is Verdict.WRONG


@attrs.frozen
class GivingUp(Executor):
    """Claims that nothing comes of its run, from some position on."""

    since: int

    def move(self, game: Game) -> None:
        salts = self.run.salts
        if game.is_narrow and game.low >= self.since:
            shown = [salts.show(round_) for round_ in game.since]
            game.show(Witness(None, (shown[0], shown[1], None)).canonical())
        elif game.is_narrow or game.middle < self.since:
            super().move(game)
        else:
            bound = game.salted is not None
            game.claim(claim_of(GONE, salts.claims[game.salted or 0]) if bound else GONE)


@some
@given(traces(rows=1), st.data())
def test_whoever_says_that_nothing_comes_of_what_is_taken_loses(
    trace: Run, data: st.DataObject
) -> None:
    game = Game.over(trace.outline, trace.values[0], NOTHING.digest, trace.salts.root)
    liar = GivingUp(trace, data.draw(st.integers(1, trace.steps)))
    assert play(game, liar, Opponent(trace)) is Verdict.WRONG


@some
@given(traces(rows=1))
def test_what_is_too_large_to_quarrel_about_is_not_taken(trace: Run) -> None:
    rounds = most_rounds(trace.steps)
    shape = trace.values[0].shape
    assert trace.plan.rows_of(shape, rounds) == trace.rows
    assert trace.plan.rows_of(shape, rounds - 1) is None


def test_an_accomplice_makes_a_wrong_output_win() -> None:
    """As the specification finds: so whoever holds the component may dispute for itself."""
    right, wrong = (run(tripling(), encode(np.array([[value]]))) for value in (1, 2))
    game = Game.over(right.outline, right.values[0], wrong.output.digest, right.salts.root)
    while not game.is_narrow:
        game.claim(wrong.claim(game.middle, game.salted))
        game.answer(game.middle == 1)  # the input is checked first
    assert game.low == 1
    game.show(wrong.witness(1, game.since))
    assert game.verdict is Verdict.RIGHT


# Witnesses


def in_rounds(trace: Run) -> st.SearchStrategy[Rounds]:
    """In which rounds states may have been claimed."""
    some = st.none() | st.integers(0, trace.rounds - 1)
    return st.tuples(some, some)


def opened(trace: Run, position: int, rounds: Rounds, before: bytes, witness: bytes) -> bytes:
    """What follows a claim by a witness, as the referee finds. Raises WitnessError."""
    found, after = take_step(trace.bound, position, rounds, witness)
    if found != before:
        raise WitnessError("it does not open the state before the step")
    return after


@some
@given(traces(rows=1), st.data())
def test_no_byte_of_a_witness_can_be_another(trace: Run, data: st.DataObject) -> None:
    position, rounds = data.draw(st.integers(0, trace.steps - 1)), data.draw(in_rounds(trace))
    witness = bytearray(trace.witness(position, rounds))
    spot = data.draw(st.integers(0, len(witness) - 1))
    witness[spot] ^= data.draw(st.integers(1, 255))
    before = trace.claim(position, rounds[0])
    with pytest.raises(WitnessError):
        opened(trace, position, rounds, before, bytes(witness))


def tampered(witness: Witness) -> dict[str, Witness]:
    """Witnesses that differ from one in a part that is well formed."""
    made = {"step": attrs.evolve(witness, step=None)}
    for number, salt in enumerate(witness.salts):
        changed = [*witness.salts]
        for name, another in (
            ("no", None),
            ("other", salt and attrs.evolve(salt, salt=bytes(SALT))),
            ("longer", salt and attrs.evolve(salt, proof=[*salt.proof, bytes(32)])),
        ):
            changed[number] = another
            before, after, output = changed
            made[f"{name} salt {number}"] = attrs.evolve(witness, salts=(before, after, output))
    if witness.step is not None:
        for name, step in _tampered_step(witness.step).items():
            made[name] = attrs.evolve(witness, step=step)
    return {name: other for name, other in made.items() if other.canonical() != witness.canonical()}


def _tampered_step(step: Step) -> dict[str, Step]:
    outline, read = step.outline, [*step.read]
    first, *others = outline.program.inputs
    wider = attrs.evolve(first, most=first.most + 1)
    program = attrs.evolve(outline.program, inputs=(wider, *others))
    made = {
        "program": attrs.evolve(step, outline=attrs.evolve(outline, program=program)),
        "root": attrs.evolve(step, outline=attrs.evolve(outline, root=bytes(32))),
        "key": attrs.evolve(step, outline=attrs.evolve(outline, salting=bytes(32))),
        "roots": attrs.evolve(step, roots=[*step.roots, bytes(32)]),
        "another root": attrs.evolve(step, roots=[bytes(32), *step.roots[1:]]),
        "roots in another order": attrs.evolve(step, roots=[*reversed(step.roots)]),
        "accumulator": attrs.evolve(step, accumulator=step.accumulator + 1),
        "truth": attrs.evolve(step, accumulator=bool(step.accumulator)),
        "peaks": attrs.evolve(step, peaks=[*step.peaks, bytes(32)]),
        "rest": attrs.evolve(step, rest=b"other"),
        "no block": attrs.evolve(step, block=None),
        "block": attrs.evolve(step, block=appended(1, step.block or b"")),
        "more read": attrs.evolve(step, read=[*read, *read[:1]]),
        "less read": attrs.evolve(step, read=read[1:]),
        "read in another order": attrs.evolve(step, read=[*reversed(read)]),
    }
    for number, shown in enumerate(read):
        for name, other in (
            ("proof", attrs.evolve(shown, proof=[*shown.proof, bytes(32)])),
            ("number", attrs.evolve(shown, numbers=appended(1, shown.numbers[:-NUMBER]))),
            ("more numbers", attrs.evolve(shown, numbers=appended(1, shown.numbers))),
            ("salt", attrs.evolve(shown, salt=bytes(SALT))),
        ):
            changed = [*read[:number], other, *read[number + 1 :]]
            made[f"{name} {number}"] = attrs.evolve(step, read=changed)
    return made


@some
@given(traces(rows=1), st.data())
def test_no_part_of_a_witness_can_be_another(trace: Run, data: st.DataObject) -> None:
    position, rounds = data.draw(st.integers(0, trace.steps - 1)), data.draw(in_rounds(trace))
    before = trace.claim(position, rounds[0])
    for name, other in tampered(Witness.parse(trace.witness(position, rounds))).items():
        with pytest.raises(WitnessError):
            pytest.fail(f"{name}: {opened(trace, position, rounds, before, other.canonical())!r}")


@some
@given(traces(rows=1), st.data())
def test_a_witness_is_of_one_step_and_one_component(trace: Run, data: st.DataObject) -> None:
    position, other = (data.draw(st.integers(0, trace.steps - 1)) for _ in range(2))
    rounds = data.draw(in_rounds(trace))
    before, witness = trace.claim(position, rounds[0]), trace.witness(position, rounds)
    assert opened(trace, position, rounds, before, witness) == trace.claim(position + 1, rounds[1])
    assert Witness.parse(witness).canonical() == witness
    with pytest.raises(WitnessError, match="outline"):
        take_step(attrs.evolve(trace.bound, component=bytes(32)), position, rounds, witness)
    if any(Witness.parse(witness).salts):
        with pytest.raises(WitnessError, match="salts"):
            take_step(attrs.evolve(trace.bound, salts=bytes(32)), position, rounds, witness)
    if trace.claim(other, rounds[0]) != before:
        with pytest.raises(WitnessError):
            opened(trace, other, rounds, trace.claim(other, rounds[0]), witness)


@some
@given(st.binary(max_size=200))
def test_bytes_that_are_no_witness_are_refused(data: bytes) -> None:
    with pytest.raises(WitnessError):
        take_step(Bound(bytes(32), 1, bytes(32), 2, 3), 0, AT_ENDS, data)


def test_a_witness_that_is_too_long_is_not_read() -> None:
    with pytest.raises(WitnessError, match=f"{LARGEST + 1} bytes: give {LARGEST} at most"):
        Witness.parse(bytes(LARGEST + 1))


def test_what_has_not_the_form_of_a_witness_is_refused() -> None:
    trace = run(tripling(), ONE)
    fields = decode(trace.witness(0, AT_ENDS))
    assert isinstance(fields, dict)
    step = fields["step"]
    assert isinstance(step, dict)
    with pytest.raises(WitnessError, match="expected a map of step and salts"):
        Witness.parse(encode({**fields, "more": None}))
    with pytest.raises(WitnessError, match=r"witness\.step: expected null"):
        Witness.parse(encode({**fields, "step": {**step, "more": None}}))
    with pytest.raises(WitnessError, match=r"witness\.step: expected null"):
        Witness.parse(encode({**fields, "step": {**step, "accumulator": False}}))
    unfit: list[Value] = [[], [[[1, 0, 1]], [], []], [[[1, 1, 0]], [], [["CONCAT", [0], []]]]]
    for program in unfit:
        outline = [program, bytes(32), bytes(32)]
        data = encode({**fields, "step": {**step, "outline": outline}})
        with pytest.raises(WitnessError, match="outline"):
            take_step(trace.bound, 0, AT_ENDS, data)


def test_a_quarrel_needs_an_input_that_the_component_takes() -> None:
    for shape in ((1,), (1, 2), (1, 1, 1)):
        with pytest.raises(WitnessError, match="open the whole step"):
            Game.over(outline(tripling()), Values(shape, bytes(32)), bytes(32), bytes(32))


def test_a_truth_value_is_no_size() -> None:
    assert parse_given([[1, 1], bytes(32)]).shape == (1, 1)
    for size in (True, -1, b"1"):
        with pytest.raises(WitnessError, match="numbers from 0"):
            parse_given([[size, 1], bytes(32)])


def test_what_is_no_tensor_is_bound_too() -> None:
    shapes = [encode(np.zeros(shape, np.int64)) for shape in ((2, 3), (3, 2))]
    found = [bind(SALTED + data).digest for data in (b"", b"x", encode(1), *shapes)]
    assert len(set(found)) == 5
    assert found[0] == NOTHING.digest


@some
@given(traces())
def test_outlines_tell_components_apart(trace: Run) -> None:
    component = trace.component
    longer = (*component.program.nodes, Node(CONCAT, (0,)))
    program = attrs.evolve(component.program, nodes=longer)
    others = [Outline.of(component, SALTED), outline(Component(program, component.constants))]
    if component.constants:
        first, *rest = component.constants
        changed = attrs.evolve(outline(component), root=bytes(32))
        others += [changed, attrs.evolve(changed, root=_root_of([first ^ 1, *rest]))]
    digests = {other.digest for other in others}
    assert len(digests) == len(others)
    assert outline(component).digest not in digests


def _root_of(constants: Sequence[Tensor]) -> bytes:
    numbers = np.concatenate(constants).astype(np.int64)
    return merkle.root(leaves(salts_of(SECRET, block_count(numbers.size)), numbers))


def test_a_refused_witness_leaves_the_quarrel_open() -> None:
    trace = run(tripling(), ONE)
    game = dispute(trace)
    with pytest.raises(Refused, match="one step is left"):
        game.show(trace.witness(0, AT_ENDS))
    while not game.is_narrow:
        Executor(trace).move(game)
        game.answer(False)
    since = game.since
    with pytest.raises(WitnessError):
        game.show(trace.witness(1, since))
    of_another_input = run(trace.component, encode(np.array([[2]]))).witness(0, since)
    with pytest.raises(WitnessError, match="does not open the state"):
        game.show(of_another_input)
    game.show(trace.witness(0, since))
    assert game.verdict is Verdict.RIGHT


# Salts


SALTING = Salting(SALTED, bytes(32), OCCASION)


@pytest.mark.parametrize(
    "changed",
    [
        attrs.evolve(SALTING, salt=bytes(SALT)),
        attrs.evolve(SALTING, key=bytes(31) + b"x"),
        attrs.evolve(SALTING, occasion=attrs.evolve(OCCASION, request=b"another")),
        attrs.evolve(SALTING, occasion=attrs.evolve(OCCASION, step=2)),
        attrs.evolve(SALTING, occasion=attrs.evolve(OCCASION, opponent=b"another")),
    ],
)
def test_no_salt_is_used_on_two_occasions(changed: Salting) -> None:
    """Or what one quarrel shows would open what another has claimed."""
    one, another = (salting.table(3, [4, 5, 6]) for salting in (SALTING, changed))
    assert len({*one.all}) == 3 + 4 + 5 + 6
    inner = {*one.claims, *one.outputs[0], *one.outputs[1]}
    assert not inner & {*another.all}
    is_the_same = attrs.evolve(changed.occasion, opponent=OCCASION.opponent) == OCCASION
    is_committed = is_the_same and (changed.salt, changed.key) == (SALTING.salt, SALTING.key)
    assert (SALTING.output == changed.output) is is_committed  # before anybody quarrels
    assert (one.outputs[2] == another.outputs[2]) is is_committed


def test_what_was_found_of_salts_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A complaint that does not hold costs nothing, and can be made again and again."""
    salting = Salting(bytes(SALT), b"key", Occasion(b"remembered"))
    salt, key, output = map(secret_digest, (salting.salt, salting.key, salting.output))
    stated = StatedSalts(salt, key, output, salting.table(2, [3]).root, (3,))
    made: list[Salting] = []
    table = Salting.table

    def noted(each: Salting, rounds: int, sizes: Sequence[int]) -> SaltTable:
        made.append(each)
        return table(each, rounds, sizes)

    monkeypatch.setattr(Salting, "table", noted)
    assert not any(stated.are_wrong(salting, 2) for _ in range(5))
    assert len(made) == 1
    assert attrs.evolve(stated, root=bytes(32)).are_wrong(salting, 2)
    assert attrs.evolve(stated, output=bytes(32)).are_wrong(salting, 2)
    assert not attrs.evolve(stated, key=bytes(32)).are_wrong(salting, 2)  # of other secrets


# Blocks


@given(st.integers(1, 10**7), st.data())
def test_every_number_is_in_one_block(count: int, data: st.DataObject) -> None:
    size, blocks = block_size(count), block_count(count)
    assert size * (blocks - 1) < count <= size * blocks
    index = data.draw(st.integers(0, count - 1))
    block, place = block_of(index, count)
    assert size * block + place == index
    assert place < length_of(block, count) <= size


@given(st.integers(1, 10**7))
def test_a_block_tells_little_of_its_tensor(count: int) -> None:
    """One number alone, or one in 256; and never more than so many."""
    assert block_size(count) <= max(1, min(count / 256, MOST))


@some
@given(nps.arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(1, 900))), st.data())
def test_blocks_hold_the_numbers_of_a_tensor(tensor: Integers, data: st.DataObject) -> None:
    """Also if it comes in parts."""
    salts = salts_of(SECRET, block_count(tensor.size))
    parts = np.split(tensor.ravel(), sorted(data.draw(st.lists(st.integers(0, tensor.size)))))
    found = [*leaves(salts, *parts)]
    assert len(found) == len(salts)
    for index, number in enumerate(tensor.ravel().tolist()):
        block, place = block_of(index, tensor.size)
        assert found[block][:SALT] == salts[block]
        assert number_at(place, found[block][SALT:]) == number


@given(st.integers(1, 300), st.data())
def test_subtrees_prove_what_the_leaves_do(count: int, data: st.DataObject) -> None:
    held = [bytes([i % 256, i // 256]) for i in range(count)]
    trees, index = Subtrees.over(held), data.draw(st.integers(0, count - 1))
    assert trees.root == merkle.root(held)
    assert trees.proof(index) == merkle.inclusion_proof(held, index)
    with pytest.raises(IndexError, match=f"leaf {count} of {count}"):
        trees.proof(count)


# What it costs


def test_no_turn_of_a_long_sum_is_taken_twice_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each move of a quarrel goes on from the sums of the moves before."""
    graph = Graph()
    graph.input(1024, 0, 9).reduce_sum(1024)
    trace = run(graph.component(), encode(np.ones((1, 1024), np.int64)))
    taken = 0
    take = ReduceSum.take

    def counted(operator: ReduceSum, *args: Any) -> int:  # as it takes them
        nonlocal taken
        taken += 1
        return take(operator, *args)

    monkeypatch.setattr(ReduceSum, "take", counted)
    wrong = forged(trace, 1, 0, 1)
    assert play(dispute(wrong), Executor(wrong), Opponent(trace)) is Verdict.WRONG
    assert taken <= 3 * 1024


def trace_of_widths(rows: int, *widths: int) -> Run:
    """A run of a random network."""
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
    return run(network(layers).component, encode(data))


@pytest.mark.parametrize(("rows", "widths"), [(1, (8, 4)), (3, (16, 8, 5)), (1, (64, 32, 10))])
def test_the_referee_hashes_logarithmically_often(
    rows: int, widths: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = trace_of_widths(rows, *widths)
    positions = [*range(0, trace.steps, max(trace.steps // 40, 1)), trace.steps - 1]
    salted = (0, 1)
    shown = [(p, trace.claim(p + 1, 1), trace.witness(p, salted)) for p in positions]
    stated, salts = trace.bound, len(trace.salts.all)
    count = 0

    def counted(original: Callable[..., object]) -> Callable[..., object]:
        def hashed(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            return original(*args, **kwargs)

        return hashed

    for module in (merkle, digest):
        monkeypatch.setattr(module, "blake3", counted(module.blake3))
    parameters, values = trace.plan.parameters, max(map(np.size, trace.tensors))
    for position, after, witness in shown:
        count = 0
        _, found = take_step(stated, position, salted, witness)
        assert found == after
        # A path to the parameter and one to the value, with their leaves, or the peaks; one to each
        # of three salts; 8 digests.
        paths = parameters.bit_length() + 1 + values.bit_length() + 1
        assert count <= paths + 3 * (salts.bit_length() + 1) + 8


def test_steps_lead_on_through_blocks_of_several_numbers() -> None:
    trace = trace_of_widths(1, 3, 1030, 2)
    assert [block_size(1030), block_size(trace.plan.parameters)] == [4, 24]
    end = 3 + 1030 * 4
    for position in [*range(40), *range(end - 20, end + 20), *range(trace.steps - 4, trace.steps)]:
        witness = trace.witness(position, AT_ENDS)
        found = take_step(trace.bound, position, AT_ENDS, witness)
        assert found == (trace.claim(position, None), trace.claim(position + 1, None))
        before = trace.claim(position, None)
        for name, other in tampered(Witness.parse(witness)).items():
            with pytest.raises(WitnessError):
                pytest.fail(
                    f"{name}: {opened(trace, position, AT_ENDS, before, other.canonical())!r}"
                )


@pytest.mark.parametrize("number", [0, 517, 1028, 1029])
def test_a_wrong_number_in_a_block_of_several_is_found(number: int) -> None:
    right = trace_of_widths(1, 3, 1030, 2)
    wrong = forged(right, 1, number, 2**30)
    for executor, opponent, verdict in (
        (wrong, right, Verdict.WRONG),
        (right, wrong, Verdict.RIGHT),
    ):
        assert play(dispute(executor), Executor(executor), Opponent(opponent)) is verdict


def test_a_large_quarrel_takes_few_rounds() -> None:
    right = trace_of_widths(1, 64, 32, 10)
    wrong = forged(right, 6, 9, 1)
    game = dispute(wrong)
    assert play(game, Executor(wrong), Opponent(right)) is Verdict.WRONG
    assert (right.steps, most_rounds(right.steps)) == (2564, 12)
    assert game.rounds <= 12
