"""What refutes a property happens in the implementation too; what does not is not said to."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from checkers.explore.explorer import explore
from checkers.lockstep.driver import Driver, Setup
from checkers.lockstep.replay import Replayed, Replayer, closed
from checkers.lockstep.run import Divergence
from checkers.market.basic import BasicDriver, basic_setup
from checkers.market.subjects import find_machine, reference
from checkers.traces.trace import Trace
from impl.paper.basic.contract import BasicContract
from spec.basic.state import Data, Vendor
from spec.notation import MachineError
from spec.notation.sorts import Value
from tests.support.selection import some_full

AnyTrace = Trace[Any]  # of machines of every state type
Claim = Callable[[Any], bool]

SIZES: Mapping[str, Mapping[str, int]] = {
    "basic": {"Step": 1},
    "orchestrated": {"Step": 1, "Record": 2},
}
LARGER: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("basic", "taken_output_was_computed"): {"Step": 2},
    ("basic", "a_record_serves_one_request"): {"Request": 3},
    ("basic", "version_is_kept"): {"Model": 2},
    ("basic", "records_agree"): {"Record": 3},
    ("orchestrated", "a_record_serves_one_request"): {"Request": 3},
    ("orchestrated", "version_is_kept"): {"Model": 2},
    ("orchestrated", "refunds_are_due"): {"Record": 3, "Component": 1, "Digest": 1},
    ("orchestrated", "confirmed_outputs_were_delivered"): {
        "Record": 3,
        "Component": 1,
        "Digest": 1,
    },
}
"""What a counterexample takes to fit, beyond the sizes above."""

REFUTED = [(name, claim.__name__) for name in SIZES for claim in find_machine(name).refuted]


def named(name: str, claim: str) -> Claim:
    return next(text for text in find_machine(name).refuted if text.__name__ == claim)


def counterexample(name: str, claim: str) -> AnyTrace:
    sizes = {**SIZES[name], **LARGER.get((name, claim), {})}
    machine = attrs.evolve(find_machine(name), refuted=[named(name, claim)])
    [found] = explore(machine, machine.scope(**sizes), until={claim}).violations
    return found.trace


def replayed(name: str, claim: str, setup: Setup | None = None) -> Replayed[Any]:
    trace = counterexample(name, claim)
    replayer = Replayer(find_machine(name), [trace], setup or reference(name))
    return replayer.replay(named(name, claim), trace)


@pytest.mark.parametrize(("name", "claim"), some_full(REFUTED, {*LARGER, *REFUTED[2:]}))
def test_what_is_refuted_is_refuted_in_the_implementation(name: str, claim: str) -> None:
    trace = counterexample(name, claim)
    found = Replayer(find_machine(name), [trace], reference(name)).replay(named(name, claim), trace)
    assert found.refuted
    assert [act.name for act, _ in found.trace.steps] == [act.name for act, _ in trace.steps]


def test_the_parameters_are_real() -> None:
    """A digest of 32 bytes, of a component that is not what the record says came of it."""
    [(_, (_, received, produced, claimed))] = replayed("basic", "digest_shows_the_code").trace.steps
    assert len(claimed) == 32
    assert min(len(received), len(produced)) > 8


class Convicting(BasicContract):
    """Convicts for whatever is matched."""

    def match(self, author: bytes, request: int, record: int, components: Any) -> None:
        super().match(author, request, record, components)
        self.convicted.add(self.records[record].author)


def test_an_implementation_that_differs_diverges() -> None:
    with pytest.raises(Divergence, match="convicted"):
        replayed("basic", "outputs_are_correct", basic_setup(Convicting))


class Glossing(BasicDriver):
    """Shows no record."""

    def state(self) -> Mapping[str, Value]:
        return {**super().state(), "records": 0}


def only(driver: Callable[[], Driver]) -> Setup:
    return attrs.evolve(reference("basic"), open=driver)


def test_what_is_not_shown_is_not_taken_for_shown() -> None:
    class Silent(BasicDriver):
        def state(self) -> Mapping[str, Value]:
            return {n: held for n, held in super().state().items() if n != "claimed"}

    silent = only(lambda: Silent(BasicContract))
    with pytest.raises(Divergence, match="the driver does not show claimed"):
        replayed("basic", "digest_shows_the_code", silent)
    hiding = attrs.evolve(silent, hidden={"claimed": "digests are not kept"})
    with pytest.raises(MachineError, match="the driver does not show claimed"):
        replayed("basic", "digest_shows_the_code", hiding)


def test_the_claim_is_evaluated_on_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """With lockstep looking away, an implementation without the harm shows none."""
    monkeypatch.setattr("checkers.lockstep.likeness.Likeness.difference", lambda *_: None)
    found = replayed("basic", "usage_was_requested", only(lambda: Glossing(BasicContract)))
    assert not found.refuted


def test_values_that_do_not_refute_are_named() -> None:
    """Where vendors can say one thing only of their work, none says another."""
    scope = reference("basic").scope
    assert scope is not None
    one = attrs.evolve(scope, universe={**scope.universe, Data: scope.universe[Data][:1]})
    setup = attrs.evolve(reference("basic"), scope=one)
    with pytest.raises(MachineError, match=r"records_agree: .* list more of them"):
        replayed("basic", "records_agree", setup)


def test_what_functions_give_is_known_though_nobody_names_it() -> None:
    scope = reference("basic").scope
    assert scope is not None
    wider = closed(find_machine("basic"), reference("basic"))
    for sort, elements in scope.universe.items():
        assert list(wider.universe[sort])[: len(elements)] == list(elements)
    assert wider.universe[Vendor][-1] == b""  # whose turn it is past the last step


def test_functions_must_come_to_an_end() -> None:
    growing = attrs.evolve(
        reference("basic"),
        functions={**reference("basic").functions, "run": lambda part, data: data + b"."},
    )
    with pytest.raises(MachineError, match="ever more Data"):
        closed(find_machine("basic"), growing)
