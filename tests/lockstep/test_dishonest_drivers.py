"""Whatever a driver does that the specification does not is a divergence, with its shortest run.

One room, one honest driver of it; and a table for each way in which a driver can be another.
"""

import contextlib
import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from itertools import product
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from unittest.mock import ANY

import attrs
import numpy as np
import pytest

from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import Divergence
from checkers.lockstep.sample import Sample
from checkers.lockstep.walk import walk
from spec.notation import (
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Scope,
    Sort,
    action,
    not_,
    require,
    state,
)
from spec.notation.sorts import Value

By = Literal["hypothesis", "walk"]
BOTH: Sequence[By] = ("hypothesis", "walk")


class Guest(Sort):
    """Somebody."""


class Count(Ordinal):
    """How many there are."""


class Mood(Enum):
    CALM = 0
    LOUD = 1


@state
class Room:
    lit: bool
    guests: Count
    inside: Map[Guest, bool]
    mood: Map[Guest, Mood]
    came: Map[tuple[Guest, Count], bool]
    """Who came as which."""
    host: Fun[[], Guest]


def init(s: Room) -> None:
    s.lit = False
    s.guests = Count(0)
    s.inside.fill(False)
    s.mood.fill(Mood.CALM)
    s.came.fill(False)


@action
def enter(s: Room, g: Guest) -> None:
    require(not_(s.inside[g]), "guest is outside")

    s.came[g, s.guests] = True
    s.inside[g] = True
    s.lit = True
    s.guests += 1


@action
def shout(s: Room, g: Guest) -> None:
    require(s.inside[g], "guest is inside")

    s.mood[g] = Mood.LOUD


room = Machine("room", Room, init, (enter, shout), sizes={Guest: 2, Count: 3})


class Honest:
    """An implementation that does as it should."""

    def __init__(self) -> None:
        self.came: list[Value] = []
        self.loud: set[Value] = set()

    def take(self, action: str, args: Sequence[Value]) -> Any:  # Any: what others answer
        [guest] = args
        if (guest in self.came) == (action == "enter"):
            return "guest is outside" if action == "enter" else "guest is inside"
        if action == "enter":
            self.came.append(guest)
        else:
            self.loud.add(guest)
        return None

    def state(self) -> Any:  # Any: what others show
        return {
            "lit": bool(self.came),
            "guests": len(self.came),
            "inside": dict.fromkeys(self.came, True),
            "mood": dict.fromkeys(self.loud, Mood.LOUD),
            "came": {(guest, number): True for number, guest in enumerate(self.came)},
        }

    def restart(self) -> None:
        pass

    def close(self) -> None:
        pass


def sampled(setup: Setup, by: By, machine: Machine[Any] = room, runs: int = 60) -> Sample:
    if by == "walk":
        return walk(machine, setup, runs=runs, steps=20)
    return fuzz(machine, setup, examples=runs, steps=20, seed=0)


def found(setup: Setup, by: By, machine: Machine[Any] = room) -> Divergence:
    divergence = sampled(setup, by, machine).divergence
    assert divergence is not None
    return divergence


def steps(divergence: Divergence) -> list[tuple[Value, ...]]:
    return [(act.name, *args) for act, args in divergence.steps]


@pytest.mark.parametrize("by", BOTH)
def test_an_honest_driver_passes(by: By) -> None:
    sample = sampled(Setup(open=Honest), by)
    assert sample.passed
    assert sample.never_accepted == sample.never_refused == []


# What is shown


class Showing(Honest):
    """Shows something else."""

    def __init__(self, instead: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__()
        self.instead = instead

    def state(self) -> Any:
        return self.instead(super().state())


def showing(instead: Callable[[dict[str, Any]], Any]) -> Setup:
    return Setup(open=lambda: Showing(instead))


def changed(**fields: Callable[[Any], Any]) -> Callable[[dict[str, Any]], Any]:
    """Some fields shown otherwise."""
    return lambda shown: {**shown, **{name: change(shown[name]) for name, change in fields.items()}}


class Level(IntEnum):
    NONE = 0
    ONE = 1
    TWO = 2


class Colour(Enum):
    CALM = 0
    LOUD = 1


class Pair(NamedTuple):
    guest: int
    number: int


class Agreeable(dict[Any, Any]):
    """Is equal to all there is."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


class Sly(str):
    """Another reason, and equal to any."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


class Lazy(Mapping[str, Value]):
    """Fails only when it is looked at."""

    def __getitem__(self, key: str) -> Value:
        raise OSError("connection lost")

    def __iter__(self) -> Iterator[str]:
        return iter(["lit", "guests", "inside", "mood", "came"])

    def __len__(self) -> int:
        return 5


def per_key(change: Callable[[Any], Any]) -> Callable[[Mapping[Any, Any]], Any]:
    return lambda held: {change(key): value for key, value in held.items()}


def per_value(change: Callable[[Any], Any]) -> Callable[[Mapping[Any, Any]], Any]:
    return lambda held: {key: change(value) for key, value in held.items()}


AT_ONCE: Mapping[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "nothing": (lambda shown: {}, "does not show lit, guests, inside, mood, came"),
    "a field less": (lambda shown: {k: v for k, v in shown.items() if k != "lit"}, "show lit;"),
    "another field": (lambda shown: {**shown, "door": True}, "door, which is no field of room"),
    "a field of no name": (lambda shown: {**shown, 7: True}, "7, which is no field of room"),
    "a function": (lambda shown: {**shown, "host": 0}, "host, which is a function"),
    "no state": (lambda shown: None, "state() is None, which is no mapping"),
    "a list of fields": (lambda shown: [*shown.items()], "which is no mapping"),
    "a map that is a list": (changed(inside=lambda held: [False, False]), "inside is shown as ["),
    "a map that is none": (changed(inside=lambda held: None), "inside is shown as None"),
    "a map that is equal to all": (changed(inside=lambda held: Agreeable({9: True})), "True at 9"),
    "nobody of the scope": (changed(inside=lambda held: {**held, 7: True}), "True at 7"),
    "nobody who is outside": (changed(inside=lambda held: {**held, 7: False}), "False at 7"),
    "a count past its sort": (changed(came=lambda held: {**held, (0, 3): True}), "True at (0, 3)"),
    "too short a key": (changed(came=lambda held: {**held, 0: False}), "False at 0;"),
    "too long a key": (changed(came=lambda held: {**held, (0, 0, 0): False}), "at (0, 0, 0)"),
    "a key of nobody": (changed(inside=lambda held: {**held, None: True}), "True at None"),
    "a truth as a number": (changed(lit=int), "lit: specification False, implementation 0"),
    "a truth as text": (changed(lit=str), "implementation 'False'"),
    "a truth of numpy": (changed(lit=np.bool_), "lit: specification False"),
    "a number as a truth": (changed(guests=bool), "guests: specification 0, implementation False"),
    "a number with a point": (changed(guests=float), "implementation 0.0"),
    "a number of numpy": (changed(guests=np.int64), "guests: specification 0"),
    "a decimal number": (changed(guests=Decimal), "Decimal('0')"),
    "a fraction": (changed(guests=Fraction), "Fraction(0, 1)"),
    "a number by name": (changed(guests=Level), "Level.NONE"),
    "no number": (changed(guests=lambda n: None), "implementation None"),
    "too high a number": (changed(guests=lambda n: n + 3), "implementation 3"),
    "all numbers at once": (changed(guests=lambda n: np.array([n, n])), "implementation array("),
    "anything": (changed(guests=lambda n: ANY), "implementation <ANY>"),
    "what cannot be printed": (changed(guests=lambda n: Unprintable()), "cannot be printed"),
}
"""What is shown from the start, and what is said of it."""

ENTERED: Mapping[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "keys as text": (changed(inside=per_key(str)), "True at '0'; a key is Guest (0, 1)"),
    "keys as truths": (changed(inside=per_key(bool)), "True at False"),
    "keys with a point": (changed(inside=per_key(float)), "True at 0.0"),
    "keys of numpy": (changed(inside=per_key(np.int64)), "inside is shown with True at"),
    "keys in tuples": (changed(inside=per_key(lambda key: (key,))), "True at (0,)"),
    "half a key": (changed(came=per_key(lambda key: key[0])), "True at 0"),
    "keys as lists of text": (changed(came=per_key(str)), "True at '(0, 0)'"),
    "parts of keys as truths": (changed(came=per_key(lambda k: (bool(k[0]), k[1]))), "(False, 0)"),
    "parts with a point": (changed(came=per_key(lambda k: (k[0], float(k[1])))), "(0, 0.0)"),
    "keys of a type": (changed(came=per_key(lambda k: Pair(*k))), "Pair(guest=0, number=0)"),
    "values as numbers": (changed(inside=per_value(int)), "implementation 1"),
    "values as text": (changed(inside=per_value(str)), "implementation 'True'"),
    "values of numpy": (changed(came=per_value(np.bool_)), "came[guest0, 0]: specification True"),
    "no values": (changed(inside=per_value(lambda value: None)), "implementation None"),
    "any values": (changed(came=per_value(lambda value: ANY)), "implementation <ANY>"),
    "nobody inside": (changed(inside=lambda held: {}), "implementation False"),
}
"""What is shown when somebody has come."""

SHOUTED: Mapping[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "members as numbers": (changed(mood=per_value(lambda mood: mood.value)), "implementation 1"),
    "members by name": (changed(mood=per_value(lambda mood: mood.name)), "implementation 'LOUD'"),
    "members of another": (
        changed(mood=per_value(lambda mood: Colour(mood.value))),
        "implementation <Colour.LOUD: 1>",
    ),
}
"""What is shown when somebody has come and shouted."""


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("lie", AT_ONCE)
def test_what_is_shown_from_the_start_is_seen_at_once(lie: str, by: By) -> None:
    instead, said = AT_ONCE[lie]
    divergence = found(showing(instead), by)
    assert steps(divergence) == []
    assert said in divergence.how
    assert "\n" not in divergence.how
    assert divergence.again == ""


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("lie", ENTERED)
def test_what_is_shown_of_a_guest_is_seen_in_one_step(lie: str, by: By) -> None:
    instead, said = ENTERED[lie]
    divergence = found(showing(instead), by)
    assert steps(divergence) == [("enter", 0)]
    assert said in divergence.how
    assert divergence.again == ""


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("lie", SHOUTED)
def test_what_is_shown_of_a_mood_is_seen_in_two_steps(lie: str, by: By) -> None:
    instead, said = SHOUTED[lie]
    divergence = found(showing(instead), by)
    assert steps(divergence) == [("enter", 0), ("shout", 0)]
    assert said in divergence.how


def whole(shown: dict[str, Any]) -> dict[str, Any]:
    """With all keys of all maps, and not only those that changed."""
    guests, numbers = range(2), range(3)
    blank: Mapping[str, Mapping[Any, Any]] = {
        "inside": dict.fromkeys(guests, False),
        "mood": dict.fromkeys(guests, Mood.CALM),
        "came": dict.fromkeys(product(guests, numbers), False),
    }
    return {**shown, **{name: {**cells, **shown[name]} for name, cells in blank.items()}}


@pytest.mark.parametrize("lie", [*AT_ONCE, *ENTERED, *SHOUTED])
def test_lies_in_whole_maps_are_seen(lie: str) -> None:
    instead = {**AT_ONCE, **ENTERED, **SHOUTED}[lie][0]
    divergence = found(showing(lambda shown: instead(whole(shown))), "walk")
    assert len(divergence.steps) <= 2
    assert divergence.again == ""


TRUE: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "a view": MappingProxyType,
    "in another order": lambda shown: OrderedDict(reversed(shown.items())),
    "maps with defaults": changed(inside=lambda held: defaultdict(bool, held)),
    "maps that are views": changed(came=MappingProxyType, inside=Counter),
    "numbers of the sort": changed(guests=Count, came=per_key(lambda k: (k[0], Count(k[1])))),
    "all keys": changed(inside=lambda held: {0: False, 1: False, **held}),
    "all maps": whole,
    "all maps in another order": lambda shown: changed(
        came=lambda held: dict(reversed(held.items()))
    )(whole(shown)),
}
"""What is as good."""


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("way", TRUE)
def test_what_is_true_can_be_shown_in_other_ways(way: str, by: By) -> None:
    assert sampled(showing(TRUE[way]), by, runs=10).passed


def test_what_is_shown_can_be_changed_afterwards() -> None:
    """Lockstep keeps nothing of it, and what it keeps nobody can reach."""

    class Recycling(Honest):
        kept: Mapping[str, Any] = MappingProxyType({})

        def state(self) -> Any:
            for content in self.kept.values():
                if isinstance(content, dict):
                    content.clear()
            self.kept = super().state()
            return self.kept

    assert sampled(Setup(open=Recycling), "walk").passed


REAL = Scope(
    sizes={Count: 3},
    universe={Guest: [(1, "ann"), (2, "bob")]},
)


def test_real_values_are_alike_all_the_way_down() -> None:
    assert sampled(Setup(open=Honest, scope=REAL), "walk").passed
    truth = changed(inside=per_key(lambda key: (True, key[1]) if key[0] == 1 else key))
    divergence = found(attrs.evolve(showing(truth), scope=REAL), "walk")
    assert steps(divergence) == [("enter", (1, "ann"))]
    assert "(True, 'ann')" in divergence.how


def test_real_values_of_several_types_are_told_apart() -> None:
    several = attrs.evolve(REAL, universe={Guest: [b"ann", "bob", None, 1.0]})
    assert sampled(Setup(open=Honest, scope=several), "walk").passed
    whole = changed(inside=per_key(lambda key: 1 if key == 1 else key))
    divergence = found(attrs.evolve(showing(whole), scope=several), "walk")
    assert steps(divergence) == [("enter", 1.0)]


# What is hidden


def without(*names: str) -> Callable[[dict[str, Any]], Any]:
    return lambda shown: {name: held for name, held in shown.items() if name not in names}


def test_what_is_hidden_is_not_compared() -> None:
    setup = attrs.evolve(showing(without("lit", "came")), hidden={"lit": "no bulb", "came": "why"})
    assert sampled(setup, "walk").passed
    dark = attrs.evolve(showing(changed(lit=lambda lit: False)), hidden={"lit": "no bulb"})
    assert "lit, which the setup hides" in found(dark, "walk").how


def listing(*guests: Any) -> Scope:
    return Scope(sizes={Count: 3}, universe={Guest: list(guests)})


BAD: Mapping[str, tuple[dict[str, Any], str]] = {
    "a name of nothing": ({"hidden": {"door": "why"}}, "hides door, which is no field"),
    "a function": ({"hidden": {"host": "why"}}, "hides host, which is no field"),
    "no reason": ({"hidden": {"lit": " "}}, "hides lit; say why"),
    "a reason that is none": ({"hidden": {"lit": True}}, "hides lit; say why"),
    "names without reasons": (
        {"hidden": ["lit"]},
        r"hidden is given as a mapping, .* not as \['lit'\]",
    ),
    "a function of nothing": ({"functions": {"hosts": lambda: 0}}, "gives hosts, which is no"),
    "a text as names": ({"left_out": "enter"}, r"as in left_out=\('name',\), not as 'enter'"),
    "no action": ({"left_out": ["leave"]}, "no action leave"),
    "a text as scope": ({"scope": "Guest=2"}, "scope is given as a Scope, .* not as 'Guest=2'"),
    "an element twice": ({"scope": listing(0, False)}, "each once"),
    "no elements": ({"scope": listing()}, "one or more"),
    "elements that are no keys": ({"scope": listing([0], [1])}, "unhashable"),
    "no size": ({"scope": Scope(sizes={Count: 3})}, "Guest has no size"),
    "no patience": ({"patience": 0}, "patience is 0"),
    "no end of patience": ({"patience": float("inf")}, "patience is inf"),
    "patience of another kind": ({"patience": "1 s"}, "a number of 0 or more, not as '1 s'"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_setup_must_fit(fault: str) -> None:
    given, said = BAD[fault]
    with pytest.raises(MachineError, match=said):
        sampled(Setup(open=Honest, **given), "walk")


def test_a_machine_must_start() -> None:
    def dark(s: Room) -> None:
        """Whether it is lit is given."""
        require(not_(s.lit), "it is dark")

        s.guests = Count(0)
        s.inside.fill(False)
        s.mood.fill(Mood.CALM)
        s.came.fill(False)

    given = Machine("given", Room, dark, (enter, shout), sizes={Guest: 2, Count: 3})
    assert sampled(Setup(open=Honest, functions={"lit": False}), "walk", given).passed
    with pytest.raises(MachineError, match=r"does not start .*: it is dark"):
        sampled(Setup(open=Honest, functions={"lit": True}), "walk", given)


# What is answered


class Reason(StrEnum):
    """Reasons as many an implementation has them."""

    OUTSIDE = "guest is outside"
    INSIDE = "guest is inside"


ANSWERS: Mapping[str, tuple[Value, str]] = {
    "no": (False, "answered False, which is neither None nor a reason"),
    "yes": (True, "answered True"),
    "zero": (0, "answered 0"),
    "nothing": ("", "answered ''"),
    "bytes": (b"guest is outside", "answered b'guest is outside'"),
    "a list": ([], "answered []"),
    "an exception": (ValueError("full"), "answered ValueError('full')"),
    "anything": (ANY, "answered <ANY>"),
    "another reason": ("room is full", "refused, 'room is full'"),
    "a sly reason": (Sly("room is full"), "refused, 'room is full'"),
}


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_to_a_step_that_is_accepted(answer: str, by: By) -> None:
    class Answering(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            refusal = super().take(action, args)
            return ANSWERS[answer][0] if refusal is None else refusal

    divergence = found(Setup(open=Answering), by)
    assert steps(divergence) == [("enter", 0)]
    assert divergence.how == f"specification: accepted; implementation: {ANSWERS[answer][1]}" or (
        divergence.how.startswith(f"specification: accepted; implementation: {ANSWERS[answer][1]},")
    )


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("answer", [*ANSWERS, "accepted"])
def test_an_answer_to_a_step_that_is_refused(answer: str, by: By) -> None:
    given = ANSWERS.get(answer, (None, "accepted"))

    class Answering(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            refusal = super().take(action, args)
            return given[0] if refusal == "guest is inside" else refusal

    divergence = found(Setup(open=Answering), by)
    assert steps(divergence) == [("shout", 0)]
    assert f"'guest is inside'; implementation: {given[1]}" in divergence.how


def test_a_reason_may_be_text_of_another_type() -> None:
    class Formal(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            refusal = super().take(action, args)
            return None if refusal is None else Reason(refusal)

    assert sampled(Setup(open=Formal), "walk").passed


# What fails


class Stop(BaseException):
    """What nobody expects."""


FAILURES: Mapping[str, BaseException] = {
    "an error": KeyError("no such row 17"),
    "an assertion": AssertionError("not so"),
    "a machine's error": MachineError("not ours"),
    "an exit": SystemExit(0),
    "an end of a generator": GeneratorExit(),
    "an end of an iterator": StopIteration(),
    "what nobody expects": Stop("stop"),
    "no more stack": RecursionError("too deep"),
}
CALLS = {"open": 0, "state": 0, "close": 0, "take": 1, "restart": 1}
"""How many steps it takes to come to each call."""


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails(call: str, failure: str, by: By) -> None:
    def fail(*_: object) -> None:
        raise FAILURES[failure]

    failing = type("Failing", (Honest,), {"__init__" if call == "open" else call: fail})
    divergence = found(Setup(open=failing), by)
    assert len(divergence.steps) == CALLS[call]
    assert divergence.how.startswith(f"{call} raised {FAILURES[failure]!r}")
    assert divergence.how.endswith(f", at {__file__.rpartition('/')[2]}:{fail_line(fail)}")
    assert divergence.again == ""


def fail_line(fail: Callable[..., None]) -> int:
    return fail.__code__.co_firstlineno + 1


@pytest.mark.parametrize("by", BOTH)
def test_what_fails_when_it_is_looked_at(by: By) -> None:
    divergence = found(showing(lambda shown: Lazy()), by)
    assert divergence.how.startswith("state raised OSError('connection lost')")


def test_what_is_no_driver_is_no_verdict() -> None:
    for opened in (3, Honest()):
        with pytest.raises(MachineError, match="Setup: open is given as a function"):
            Setup(open=opened)  # type: ignore[arg-type]  # as somebody may write
    said = r"makes an object, which has no take\(\), restart\(\), state\(\), close\(\); give it"
    for by in BOTH:
        with pytest.raises(MachineError, match=said):
            sampled(Setup(open=object), by)  # type: ignore[arg-type]  # likewise


def test_who_interrupts_is_obeyed() -> None:
    class Interrupted(Honest):
        def restart(self) -> None:
            raise KeyboardInterrupt

    for by in BOTH:
        with pytest.raises(KeyboardInterrupt):
            sampled(Setup(open=Interrupted), by)


def test_what_fails_first_is_told() -> None:
    """Who cannot go on mostly cannot end well either."""

    class Broken(Honest):
        broken = False

        def take(self, action: str, args: Sequence[Value]) -> Any:
            self.broken = action == "shout"
            assert not self.broken, "first"
            return super().take(action, args)

        def close(self) -> None:
            assert not self.broken, "second"

    for by in BOTH:
        divergence = found(Setup(open=Broken), by)
        assert "take raised AssertionError" in divergence.how
        assert "first" in divergence.how


def test_a_function_that_fails_is_named() -> None:
    def host() -> Value:
        raise LookupError("no host")

    asking = Machine("asking", Room, init, (enter, shout, greet), sizes={Guest: 2, Count: 3})
    for by in BOTH:
        with pytest.raises(MachineError, match=r"function host fails at \(\): LookupError"):
            sampled(Setup(open=Honest, functions={"host": host}), by, asking)


@action
def greet(s: Room, g: Guest) -> None:
    require(s.host() == g, "guest is the host")

    s.lit = True


# What does not answer


def sleep() -> None:
    time.sleep(10**6)


def spin() -> None:
    while True:
        pass


def wait() -> None:
    threading.Event().wait()


def insist() -> None:
    while True:
        with contextlib.suppress(Exception):
            time.sleep(10**6)


def catch_all() -> None:
    for _ in range(3):
        try:
            time.sleep(10**6)
        except BaseException:  # as somebody may write
            continue


HANGS = [sleep, spin, wait, insist, catch_all]


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("hang", HANGS)
def test_an_answer_that_does_not_come(hang: Callable[[], None], by: By) -> None:
    class Hanging(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            if action == "shout" and args[0] in self.came:
                hang()
            return super().take(action, args)

    divergence = found(Setup(open=Hanging, patience=0.1), by)
    assert steps(divergence) == [("enter", 0), ("shout", 0)]
    assert divergence.how == "take gave no answer within 0.1 s"
    assert divergence.is_overdue
    assert divergence.again == ""


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_does_not_end(call: str) -> None:
    def hang(*_: object) -> None:
        sleep()

    hanging = type("Hanging", (Honest,), {"__init__" if call == "open" else call: hang})
    divergence = found(Setup(open=hanging, patience=0.1), "walk")
    assert len(divergence.steps) == CALLS[call]
    assert divergence.how == f"{call} gave no answer within 0.1 s"


def test_who_is_slow_only_once_does_not_always_do_the_same() -> None:
    slept: list[None] = []

    class Drowsy(Honest):
        def restart(self) -> None:
            if not slept:
                slept.append(None)
                sleep()

    divergence = found(Setup(open=Drowsy, patience=0.1), "walk")
    assert divergence.how == "restart gave no answer within 0.1 s"
    assert "both sides agree" in divergence.again


@pytest.mark.full
def test_who_is_slow_is_not_taken_for_who_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter runs are looked for with less patience, and what is told was awaited with all."""
    monkeypatch.setattr("checkers.lockstep.shrink._IMPATIENCE", 0.05)

    class Slow(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            time.sleep(0.2 if action == "shout" else 0)
            return super().take(action, args)

        def restart(self) -> None:
            if self.loud:
                sleep()

    divergence = found(Setup(open=Slow, patience=1), "walk")
    assert divergence.how == "restart gave no answer within 1 s"
    assert steps(divergence)[-1] == ("restart",)


def test_time_is_given_for_each_step() -> None:
    """All steps together may take longer."""

    class Slow(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            time.sleep(0.02)
            return super().take(action, args)

    assert walk(room, Setup(open=Slow, patience=0.3), runs=1, steps=20, max_states=0).passed


def test_a_thread_that_is_not_the_main_one_waits() -> None:
    """Nobody can interrupt it; all else is as it is."""
    samples: list[Sample] = []
    thread = threading.Thread(target=lambda: samples.append(sampled(Setup(open=Honest), "walk")))
    thread.start()
    thread.join()
    assert samples[0].passed


# What comes out differently a second time


@pytest.mark.parametrize("by", BOTH)
def test_who_loses_some_guests_does_not_always_do_the_same(by: By) -> None:
    came = iter(range(10**6))

    class Racing(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            if action == "enter" and next(came) % 41 == 40:
                return "timed out"
            return super().take(action, args)

    divergence = found(Setup(open=Racing), by)
    assert steps(divergence)[-1][0] == "enter"
    assert "refused, 'timed out'" in divergence.how
    assert "both sides agree; the implementation does not always do the same" in str(divergence)


@pytest.mark.parametrize("by", BOTH)
def test_who_keeps_what_was_before_does_not_always_do_the_same(by: By) -> None:
    """An implementation is opened for every run, and this one is not fresh."""
    kept = Honest()
    divergence = found(Setup(open=lambda: kept), by)
    assert steps(divergence) == []
    assert "specification" in divergence.how


@pytest.mark.parametrize("by", BOTH)
def test_what_comes_out_in_another_way_is_told(by: By) -> None:
    number = iter(range(10**6))

    class Varying(Honest):
        def state(self) -> Any:
            return {**super().state(), "guests": 100 + next(number)}

    divergence = found(Setup(open=Varying), by)
    assert (
        "taken again, these steps came out otherwise: guests: specification 0" in divergence.again
    )


def test_an_exception_may_say_something_else_each_time() -> None:
    number = iter(range(10**6))

    class Failing(Honest):
        def restart(self) -> None:
            raise OSError(f"no socket {next(number)}")

    assert found(Setup(open=Failing), "walk").again == ""


def test_hypothesis_does_not_go_on() -> None:
    """A run that diverges is not begun again, but to see whether it comes again."""
    opened: list[None] = []

    def bare() -> Showing:
        opened.append(None)
        return Showing(lambda shown: {})

    fuzz(room, Setup(open=bare), examples=50, seed=0, shrink=False)
    assert len(opened) == 1 + 3


# What was not seen


@pytest.mark.parametrize("by", BOTH)
def test_a_check_of_nothing_does_not_pass(by: By) -> None:
    """Both sides refuse whatever there is."""

    @action
    def leave(s: Room, g: Guest) -> None:
        require(s.inside[g], "guest is inside")

        s.inside[g] = False

    empty = Machine("empty", Room, init, (leave,), sizes={Guest: 2, Count: 3})
    sample = sampled(Setup(open=Honest), by, empty)
    assert sample.divergence is None
    assert not sample.passed
    assert sample.never_accepted == ["leave"]


def test_what_never_happened_is_named() -> None:
    @action
    def flee(s: Room) -> None:
        require(s.guests > 2, "there are three")

        s.lit = False

    @action
    def idle(s: Room) -> None:
        s.lit = s.lit | False

    class Calm(Honest):
        def take(self, action: str, args: Sequence[Value]) -> Any:
            if action in ("flee", "idle"):
                return "there are three" if action == "flee" else None
            return super().take(action, args)

    wide = Machine("wide", Room, init, (enter, flee, idle), sizes={Guest: 2, Count: 3})
    for by in BOTH:
        sample = sampled(Setup(open=Calm), by, wide)
        assert sample.passed
        assert sample.never_accepted == ["flee"]
        assert sample.never_refused == []
    once = walk(room, Setup(open=Honest), runs=1, steps=1, targeted=0)
    assert once.never_refused == ["enter"]


def test_equal_seeds_find_the_same() -> None:
    broken = showing(changed(inside=per_key(lambda key: str(key) if key else key)))
    for by in BOTH:
        assert str(found(broken, by)) == str(found(broken, by))
