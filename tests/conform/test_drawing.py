"""What a machine leaves open is drawn as its assumptions say, and tells things apart."""

from typing import Any

import attrs
import pytest

from checkers.conform.conform import hold
from checkers.conform.drawing import drawn
from checkers.conform.gather import Gatherer, Sources
from checkers.conform.specified import Specified
from checkers.conform.stage import Stage
from checkers.conform.vectors import NOTHING, RELEASED, Vector, Vectors
from checkers.market.conforming import stage_of
from checkers.market.subjects import SUBJECTS
from spec.notation import Fun, Machine, MachineError, Map, Sort, action, forall, require, state
from tests.support.ample import AMPLE
from tests.support.escrow import escrow
from tests.support.wrong import program

SIZES: list[tuple[str, dict[str, int]]] = [
    ("basic", {"Step": 3, "Model": 2, "Vendor": 3}),
    ("orchestrated", {"Step": 1}),
    ("bisection", {"Position": 5}),
    ("ledger", {"Party": 4, "Key": 8}),
    ("consensus", {"Node": 5, "Quorum": 4}),
]


@pytest.mark.parametrize(("name", "sizes"), SIZES)
def test_what_is_drawn_is_as_the_assumptions_say(name: str, sizes: dict[str, int]) -> None:
    stage = stage_of(SUBJECTS[name], sizes)
    assert stage.functions
    assert {sort: stage.sizes[sort] for sort in sizes} == sizes
    for said in stage.machine.assumptions:
        assert stage.machine.holds(said, stage.start, stage.scope)


def test_sorts_that_are_not_named_keep_the_sizes_that_are_released() -> None:
    released = Vectors.read(RELEASED / "basic.json").opening["sizes"]
    assert stage_of(SUBJECTS["basic"], {"Step": 3}).sizes == {**released, "Step": 3}


def test_functions_tell_apart_what_they_can() -> None:
    for seed in range(3):
        stage = stage_of(SUBJECTS["basic"], {"Step": 3, "Model": 2}, seed)
        functions = {n for n, field in stage.machine.fields.items() if field.kind is Fun}
        assert functions == stage.functions.keys()
        for name, table in stage.functions.items():
            assert len({*table.values()}) > 1, name


def test_equal_seeds_draw_the_same() -> None:
    machine = SUBJECTS["ledger"].machine
    scope = machine.scope(Party=3, Key=5)
    assert drawn(machine, scope, 1) == drawn(machine, scope, 1)
    assert drawn(machine, scope, 1) != drawn(machine, scope, 2)


def test_who_takes_every_function_to_give_the_first_element_is_noticed() -> None:
    """To whom every model has one step, and every step is the first vendor's."""
    stage = stage_of(SUBJECTS["basic"], {"Step": 3, "Model": 2, "Vendor": 3})
    blind = attrs.evolve(stage, start=stage.machine.start(stage.scope))
    vectors = Gatherer(stage, Sources(seeks=10, walks=10)).gather().vectors
    assert not any(comes_out_otherwise(stage, vector) for vector in vectors)
    assert any(comes_out_otherwise(blind, vector) for vector in vectors)


def comes_out_otherwise(stage: Stage[Any], vector: Vector) -> bool:  # Any: of any machine
    """Whether the machine of a stage answers otherwise than a vector says."""
    driver, machine = Specified(stage), stage.machine
    acts = [machine.action(step.action) for step in vector.steps]
    return any(
        driver.take(act.name, stage.notation.read_arguments(act, [*step.args])) != step.refused
        for act, step in zip(acts, vector.steps, strict=True)
    )


class Thing(Sort):
    pass


@state
class Twins:
    twin: Fun[[Thing], Thing]
    other: Fun[[Thing], Thing]
    met: Map[Thing, bool]


def init(s: Twins) -> None:
    s.met.fill(False)


@action
def meet(s: Twins, a: Thing, b: Thing) -> None:
    require(s.twin(a) == b, "they are twins")
    s.met[a] = True


def nobody_is_alike(s: Twins) -> bool:
    return forall(Thing, lambda a: s.twin(a) != s.other(a))


twins = Machine(
    name="twins",
    state=Twins,
    init=init,
    actions=(meet,),
    assumptions=(nobody_is_alike,),
    sizes={Thing: 2},
)


def test_a_machine_of_ones_own_is_drawn_too() -> None:
    stage = Stage.of(twins)
    assert stage.functions["twin"] != stage.functions["other"]


def test_what_the_assumptions_forbid_at_a_size_is_told() -> None:
    with pytest.raises(MachineError, match="no twin, other were found"):
        Stage.of(attrs.evolve(twins, sizes={Thing: 1}))


def test_outcomes_that_nothing_reached_are_counted_as_not_tried() -> None:
    stage = Stage.of(escrow)
    vectors = Gatherer(stage, Sources(walks=1, seeks=4)).gather()
    never = ("place", "the moon is full", NOTHING)
    impossible = ("tick", "time stands still", "it never does")
    held = attrs.evolve(vectors, unreached=[*vectors.unreached, never, impossible])
    found = hold(stage, program(), held, runs=1, patience=AMPLE)
    assert ("place", "the moon is full") in found.not_taken
    assert ("tick", "time stands still") not in found.pairs
    assert "never: place is refused: the moon is full; nothing was found that is" in str(found)
    assert 'name="place is refused: the moon is full"' in found.junit()
