"""The plain search that machines are held to has the answers that can be counted by hand."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest
from attrs import evolve

from tests.support.machines.oracle.apart import leaks, leaks_anywhere
from tests.support.machines.oracle.blame import beyond_the_ledger, findings, within
from tests.support.machines.oracle.fair import lasso, lassos
from tests.support.machines.oracle.protocol import Protocol, Sized, read
from tests.support.machines.oracle.reach import Reached, reach
from tests.support.machines.oracle.words import (
    Accountability,
    Ending,
    Secrecy,
    Undefined,
    Value,
    all_of,
    any_of,
    implies,
    ite,
    not_,
)

README = Path(__file__).parents[2] / "README.md"

HEADER = """
from enum import Enum

from tallystick import (
    Accountability,
    Ending,
    Fun,
    Machine,
    Map,
    Ordinal,
    Role,
    Secrecy,
    Sort,
    action,
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
    total,
)
"""


def protocol(text: str) -> Protocol:
    return read(HEADER + dedent(text))


def explored(text: str, **sizes: int) -> Reached:
    return reach(protocol(text).at(sizes))


def lock() -> Protocol:
    """The protocol that the README writes out."""
    [text] = re.findall(r"```python\n(from tallystick import \(.*?)```", README.read_text(), re.S)
    return read(text)


def test_the_lock_has_a_state_for_each_holder_and_one_for_none() -> None:
    found = reach(lock().at({"Client": 5}))
    assert (found.distinct, found.initial, found.generated) == (6, 1, 1 + 5 + 5)
    assert (found.levels, found.cut, found.stuck) == (1, 0, [])
    assert found.possible == {"acquire", "release"}
    assert found.refusals == {("acquire", "lock is free"), ("release", "client holds the lock")}
    assert found.violated == {"someone_holds": 0}
    assert found.shown["someone_holds"] == 1


def test_a_protocol_names_what_it_is_made_of() -> None:
    said = lock()
    assert said.sizes == {"Client": 3}
    assert said.actions == ["acquire", "release"]
    assert said.properties == ["exclusive", "someone_holds", "held_when_someone_holds"]
    assert len(list(said.at().states_of_the_types())) == 2**4


def test_a_state_comes_back_from_plain_data() -> None:
    sized = protocol(COMMIT).at({"Manager": 2})
    [start] = sized.initial()
    assert sized.plain(start) == {"phase": {(0,): "WORKING", (1,): "WORKING"}}
    after = sized.step(start, "prepare", (1,)).after
    assert after is not None
    assert sized.plain(after) == {"phase": {(0,): "WORKING", (1,): "PREPARED"}}
    assert sized.parse(sized.plain(after)) == after


COMMIT = """
class Manager(Sort): ...


class Phase(Enum):
    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


@state
class Commit:
    phase: Map[Manager, Phase]


def init(s):
    s.phase.reset()


@action
def prepare(s, m: Manager):
    require(s.phase[m] == Phase.WORKING, "working")
    s.phase[m] = Phase.PREPARED


@action
def commit(s, m: Manager):
    require(s.phase[m] == Phase.PREPARED, "prepared")
    ready = lambda n: (s.phase[n] == Phase.PREPARED) | (s.phase[n] == Phase.COMMITTED)
    require(forall(Manager, ready), "everybody is ready")
    s.phase[m] = Phase.COMMITTED


@action
def abort(s, m: Manager):
    require((s.phase[m] == Phase.WORKING) | (s.phase[m] == Phase.PREPARED), "undecided")
    require(forall(Manager, lambda n: s.phase[n] != Phase.COMMITTED), "nobody committed")
    s.phase[m] = Phase.ABORTED


commit_ = Machine(name="commit", state=Commit, init=init, actions=(prepare, commit, abort))
"""


def test_transaction_commit_has_the_counts_that_tlc_has() -> None:
    """Lamport's TCommit with three resource managers."""
    found = explored(COMMIT, Manager=3)
    assert (found.distinct, found.generated) == (34, 94)
    assert len(found.stuck) == 2  # all have committed, or all have aborted


TWO_PHASE = """
class Manager(Sort): ...


class Phase(Enum):
    WORKING = 1
    PREPARED = 2
    COMMITTED = 3
    ABORTED = 4


@state
class TwoPhase:
    phase: Map[Manager, Phase]
    coordinator: Phase
    heard: Map[Manager, bool]
    sent: Map[Manager, bool]
    committing: bool
    aborting: bool


def init(s):
    s.phase.reset()
    s.coordinator = Phase.WORKING
    s.heard.reset()
    s.sent.reset()
    s.committing = False
    s.aborting = False


@action
def commit(s):
    require(s.coordinator == Phase.WORKING, "undecided")
    require(forall(Manager, lambda m: s.heard[m]), "all are prepared")
    s.coordinator = Phase.COMMITTED
    s.committing = True


@action
def abort(s):
    require(s.coordinator == Phase.WORKING, "undecided")
    s.coordinator = Phase.ABORTED
    s.aborting = True


@action
def hear(s, m: Manager):
    require((s.coordinator == Phase.WORKING) & s.sent[m], "sent")
    s.heard[m] = True


@action
def prepare(s, m: Manager):
    require(s.phase[m] == Phase.WORKING, "working")
    s.phase[m] = Phase.PREPARED
    s.sent[m] = True


@action
def give_up(s, m: Manager):
    require(s.phase[m] == Phase.WORKING, "working")
    s.phase[m] = Phase.ABORTED


@action
def hear_commit(s, m: Manager):
    require(s.committing, "committing")
    s.phase[m] = Phase.COMMITTED


@action
def hear_abort(s, m: Manager):
    require(s.aborting, "aborting")
    s.phase[m] = Phase.ABORTED


actions = (commit, abort, hear, prepare, give_up, hear_commit, hear_abort)
two_phase = Machine(name="two_phase", state=TwoPhase, init=init, actions=actions)
"""


def test_two_phase_commit_has_the_counts_that_tlc_has() -> None:
    """Gray and Lamport's TwoPhase with three resource managers."""
    found = explored(TWO_PHASE, Manager=3)
    assert (found.distinct, found.generated) == (288, 1146)


JUGS = """
class Litre(Ordinal): ...


@state
class Jugs:
    small: Litre
    big: Litre


def init(s):
    s.small = Litre(0)
    s.big = Litre(0)


@action
def fill_small(s):
    s.small = Litre(3)


@action
def fill_big(s):
    s.big = Litre(5)


@action
def empty_small(s):
    s.small = Litre(0)


@action
def empty_big(s):
    s.big = Litre(0)


@action
def small_to_big(s):
    both = s.small + s.big
    s.big = ite(both < 5, both, Litre(5))
    s.small = both - s.big


@action
def big_to_small(s):
    both = s.small + s.big
    s.small = ite(both < 3, both, Litre(3))
    s.big = both - s.small


def four(s):
    return s.big == 4


actions = (fill_small, fill_big, empty_small, empty_big, small_to_big, big_to_small)
jugs = Machine(name="jugs", state=Jugs, init=init, actions=actions, sometimes=(four,))
"""


def test_die_hard_has_the_counts_that_tlc_has() -> None:
    found = explored(JUGS, Litre=6)
    assert (found.distinct, found.generated, found.levels) == (
        16,
        97,
        7,
    )  # TLC counts the start as a level
    assert found.shown == {"four": 6}


def test_an_exploration_ends_at_its_limit() -> None:
    found = reach(protocol(JUGS).at({"Litre": 6}), limit=10)
    assert not found.complete
    assert found.distinct == 10


NOTHING = Undefined("past")


def same(found: Value, expected: Value) -> bool:
    return type(found) is type(expected) and (found is expected or not isinstance(found, bool))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (NOTHING & False, False),
        (False & NOTHING, False),
        (NOTHING & True, NOTHING),
        (True & NOTHING, NOTHING),
        (NOTHING | True, True),
        (True | NOTHING, True),
        (NOTHING | False, NOTHING),
        (False | NOTHING, NOTHING),
        (True ^ NOTHING, NOTHING),
        (NOTHING == NOTHING, NOTHING),
        (NOTHING != 1, NOTHING),
        (NOTHING > 1, NOTHING),
        (1 - NOTHING, NOTHING),
        (NOTHING * 0, NOTHING),
        (not_(NOTHING), NOTHING),
        (all_of(NOTHING, False), False),
        (all_of(True, NOTHING), NOTHING),
        (all_of(), True),
        (any_of(NOTHING, True), True),
        (any_of(NOTHING, False), NOTHING),
        (any_of(), False),
        (implies(NOTHING, True), True),
        (implies(False, NOTHING), True),
        (implies(NOTHING, False), NOTHING),
        (implies(True, NOTHING), NOTHING),
        (ite(True, True, NOTHING), True),
        (ite(False, True, NOTHING), NOTHING),
        (ite(NOTHING, True, True), NOTHING),
        (NOTHING // 2, NOTHING),
        (7 % NOTHING, NOTHING),
    ],
)
def test_what_is_undefined_stays_so_unless_something_defined_decides(
    found: Value, expected: Value
) -> None:
    assert same(found, expected)


def test_python_cannot_decide_on_what_is_undefined() -> None:
    with pytest.raises(TypeError):
        bool(NOTHING)


COUNTER = """
class Step(Ordinal): ...


@state
class Counter:
    at: Step
    lit: Map[Step, bool]


def init(s):
    s.at = Step(0)
    s.lit.fill_by(lambda i: i == 1)


@action
def up(s):
    s.at = s.at + 1


@action
def down(s):
    s.at = s.at - 1


@action
def look_ahead(s):
    require(s.lit[s.at + 1], "the next is lit")


@action
def look_back(s):
    s.lit[s.at] = ite(s.at > 0, s.lit[s.at - 1], False)


def next_is_dark(s):
    return not_(s.lit[s.at + 1])


def next_is_dark_if_any(s):
    return implies(s.at + 1 < size(Step), not_(s.lit[s.at + 1]))


def some_is_lit_after(s):
    return exists(Step, lambda i: (i >= s.at) & s.lit[i + 1])


counter = Machine(
    name="counter",
    state=Counter,
    init=init,
    actions=(up, down, look_ahead, look_back),
    always=(next_is_dark, next_is_dark_if_any, some_is_lit_after),
    sizes={Step: 3},
)
"""


def counter(
    at: int, lit: tuple[bool, ...] = (False, True, False)
) -> tuple[Sized, tuple[Value, ...]]:
    sized = protocol(COUNTER).at()
    return sized, sized.parse({"at": at, "lit": {(i,): on for i, on in enumerate(lit)}})


def test_a_step_past_the_size_is_cut_and_one_below_zero_is_a_violation() -> None:
    assert [counter(at)[0].step(counter(at)[1], "up").what for at in range(3)] == [
        "taken",
        "taken",
        "past",
    ]
    assert counter(0)[0].step(counter(0)[1], "down").what == "below"
    assert counter(1)[0].step(counter(1)[1], "down").what == "taken"


def test_a_key_past_the_size_stops_a_guard() -> None:
    assert [counter(at)[0].step(counter(at)[1], "look_ahead").what for at in range(3)] == [
        "taken",
        "refused",
        "past",
    ]


def test_a_branch_that_is_not_selected_may_be_undefined() -> None:
    sized, state = counter(0)
    assert sized.step(state, "look_back").what == "taken"


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("next_is_dark", [False, True, False]),
        ("next_is_dark_if_any", [False, True, True]),
        ("some_is_lit_after", [True, False, False]),
    ],
)
def test_a_property_that_is_undefined_does_not_hold(name: str, holds: list[bool]) -> None:
    sized, _ = counter(0)
    assert [sized.holds(name, counter(at)[1]) for at in range(3)] == holds


def test_what_is_stopped_is_counted_by_why() -> None:
    found = explored(COUNTER)
    assert found.below == {"down": 0}
    assert {action for action, why in found.undefined if why == "past"} == {"up", "look_ahead"}
    assert found.cut == sum(n for (_, why), n in found.undefined.items() if why == "past")
    assert found.stuck == []


def test_annotations_may_be_kept_as_text() -> None:
    text = "from __future__ import annotations\n" + HEADER + COMMIT
    assert reach(read(text).at({"Manager": 3})).distinct == 34


def test_a_sort_without_a_size_is_an_error() -> None:
    with pytest.raises(ValueError, match="Manager"):
        protocol(COMMIT).at()


FRIENDS = """
class Person(Sort): ...


@state
class Friends:
    likes: Fun[[Person, Person], bool]
    leader: Fun[[], Person]
    merry: Map[tuple[Person, Person], bool]
    sum: Fun[[Person], bool]
    asked: Person
    told: Person


def init(s):
    require(s.likes(s.asked, s.leader()), "the leader is liked by who is asked")
    s.merry.fill_by(lambda k: s.likes(k[0], k[1]) & s.likes(k[1], k[0]))
    s.told = s.asked


@action
def ask(s, p: Person):
    require(s.merry[s.asked, p], "friends")
    s.asked = p


def selfish(s):
    return forall(Person, lambda p: s.likes(p, p))


def told_likes_leader(s):
    return s.likes(s.told, s.leader()) & s.sum(s.told)


friends = Machine(
    name="friends",
    state=Friends,
    init=init,
    actions=(ask,),
    always=(told_likes_leader,),
    assumptions=(selfish,),
    definitions={"sum": lambda p: p == p},
    example={"leader": lambda: 0},
)
"""


def test_functions_are_chosen_once_as_they_are_assumed() -> None:
    """Two pairs of different people: four ways to like; asked is 0, or 1 if it likes 0."""
    found = explored(FRIENDS, Person=2)
    assert found.initial == 4 + 2
    assert found.violated == {}
    # Where both like each other, either can be asked by now, whoever was told at the start.
    assert found.distinct == 6 + 2


def test_a_field_left_alone_can_hold_anything_of_its_sort() -> None:
    sized = protocol(FRIENDS).at({"Person": 2})
    assert len(list(sized.states_of_the_types())) == 4 * 2**4 * 2 * 2
    assert len(list(sized.states_of_the_types(limit=7))) == 7


def test_a_definition_outside_its_sort_is_an_error() -> None:
    with pytest.raises(ValueError, match="none of its sort"):
        protocol(FRIENDS.replace("lambda: 0", "lambda: 9")).at({"Person": 2})


PURSES = """
class Coin(Ordinal): ...


class Owner(Sort): ...


@state
class Purses:
    purse: Map[Owner, Coin]


def init(s):
    require(total(s.purse) == 3, "three coins")


@action
def pay(s, a: Owner, b: Owner):
    s.purse[a] -= 1
    s.purse[b] += 1


def three(s):
    return total(s.purse) == 3


purses = Machine(name="purses", state=Purses, init=init, actions=(pay,), always=(three,))
"""


def test_a_total_restricts_the_start_and_goes_past_the_size() -> None:
    found = explored(PURSES, Coin=4, Owner=2)
    assert (found.initial, found.distinct) == (4, 4)  # (0, 3), (1, 2), (2, 1), (3, 0)
    assert found.violated == {}
    assert found.below == {"pay": 0}
    # Of four payments in each state two go to oneself. Who has none cannot pay: that is below zero
    # before it is past the size. Nothing is cut, since who has three is paid by one who has none.
    assert found.undefined == Counter({("pay", "below"): 2 * 2})
    assert found.generated == 4 + 4 * 4 - 4


def test_what_the_start_reads_and_writes_over_makes_no_second_state() -> None:
    filled = PURSES.replace('"three coins")', '"three coins")\n    s.purse.fill(Coin(1))')
    assert len(list(protocol(filled).at({"Coin": 4, "Owner": 2}).initial())) == 1


def test_a_start_that_is_undefined_is_none() -> None:
    sized = protocol(COUNTER.replace("s.at = Step(0)", "s.at = Step(0) - 1")).at()
    assert not list(sized.initial())
    assert sized.outside == {"below"}


def test_nothing_writes_a_function() -> None:
    sized = protocol(FRIENDS.replace("s.asked = p", "s.sum[p] = False")).at({"Person": 2})
    with pytest.raises(TypeError, match="sum"):
        reach(sized)


def test_one_of_several_machines_is_named() -> None:
    text = HEADER + JUGS + "jug = Machine(name='jug', state=Jugs, init=init, actions=actions[:1])"
    assert reach(read(text, "jug").at({"Litre": 6})).distinct == 2
    assert reach(read(text, "jugs").at({"Litre": 6})).distinct == 16


def endless(text: str, first: bool = False, others: bool = False) -> bool:
    found = explored(text)
    assert isinstance(found.sized.machine.ending, Ending)
    return lasso(found, found.sized.machine.ending, first, others)


DOOR = """
@state
class Door:
    light: bool
    done: bool


def init(s):
    s.light = False
    s.done = False


@action
def blink(s):
    s.light = not_(s.light)


@action
def finish(s):
    GUARD
    s.done = True


@action
def again(s):
    s.done = False


def done(s):
    return s.done


door = Machine(
    name="door", state=Door, init=init, actions=(ACTIONS), ending=Ending(done, fair=(FAIR))
)
"""


def door(guard: str = "pass", fair: str = "finish,", actions: str = "blink, finish") -> str:
    return DOOR.replace("GUARD", guard).replace("FAIR", fair).replace("ACTIONS", actions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (door(), False),
        (door(fair=""), True),  # nobody has to finish
        (door(guard="require(s.light, 'lit')"), True),  # not possible again and again
        (door(guard="require(s.light, 'lit')", fair="finish, blink"), True),
        (door(guard="require(s.light, 'lit')", actions="finish,"), True),  # stuck outside
        (door(actions="finish, again"), False),
        (door(actions="finish, again", fair="again,"), True),
    ],
)
def test_a_run_is_endless_only_if_it_is_fair(text: str, expected: bool) -> None:
    assert endless(text) is expected


def test_an_end_that_is_left_for_ever_is_none() -> None:
    text = door(actions="finish, again", guard="require(not_(s.light), 'dark'); s.light = True")
    assert endless(text)
    assert not endless(text, first=True)


QUEUE = """
class Client(Sort): ...


class Way(Sort): ...


@state
class Queue:
    turn: Client
    served: Map[Client, bool]


def init(s):
    s.served.fill(False)


@action
def turn_to(s, c: Client):
    s.turn = c


@action
def serve(s, PARAMETERS):
    require(GUARD, "can be")
    s.served[c] = True


def served(s, GOAL: Client):
    return s.served[GOAL]


queue = Machine(
    name="queue",
    state=Queue,
    init=init,
    actions=(turn_to, serve),
    ending=Ending(served, fair=(serve,)),
    sizes={Client: 2, Way: 2},
)
"""


def queue(parameters: str = "c: Client", guard: str = "not_(s.served[c])", goal: str = "c") -> str:
    text = QUEUE.replace("PARAMETERS", parameters).replace("GUARD", guard)
    return text.replace("GOAL", goal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (queue(), False),
        (queue(guard="s.turn == c"), True),
        (queue("c: Client, w: Way"), False),  # each way is fair
        (queue("c: Client, d: Client", "c == d"), False),
        (queue("c: Client, d: Client", "s.served[d]"), True),  # nobody is served first
    ],
)
def test_fairness_is_that_of_each_choice(text: str, expected: bool) -> None:
    assert endless(text) is expected


@pytest.mark.parametrize(
    ("goal", "others", "expected"), [("c", False, True), ("c", True, False), ("d", False, False)]
)
def test_other_choices_for_a_parameter_of_the_goal_are_fair_only_if_asked(
    goal: str, others: bool, expected: bool
) -> None:
    """Whose turn it is has to be served before the other can be."""
    text = queue(guard="(s.turn == c) | s.served[s.turn]", goal=goal)
    assert endless(text.replace("turn_to, serve", "serve,"), others=others) is expected


def test_a_lasso_names_its_goal_and_its_round() -> None:
    found = explored(queue(guard="s.turn == c"))
    assert found.sized.machine.ending
    ways = list(lassos(found, found.sized.machine.ending))
    assert {way.goal for way in ways} == {(0,), (1,)}
    assert max(len(way.around) for way in ways) == 2


CLIMB = """
class Step(Ordinal): ...


@state
class Climb:
    at: Step


def init(s):
    s.at = Step(0)


@action
def up(s):
    s.at = s.at + 1


@action
def down(s):
    s.at = s.at - 1


def top(s):
    return s.at == 9


climb = Machine(
    name="climb",
    state=Climb,
    init=init,
    actions=(ACTION,),
    ending=Ending(top, fair=(ACTION,)),
    sizes={Step: 3},
)
"""


def test_no_run_is_followed_past_the_size() -> None:
    assert not endless(CLIMB.replace("ACTION", "up"))
    assert not explored(CLIMB.replace("ACTION", "up")).stuck  # what is cut is possible


def test_what_goes_below_zero_is_not_possible() -> None:
    assert endless(CLIMB.replace("ACTION", "down"))


VAULT = """
class Code(Sort): ...


class Guest(Sort): ...


class Shelf(Ordinal): ...


@state
class Vault:
    shelf: Map[Shelf, bool]
    code: Code
    shadow: Code
    rule: Fun[[Code], bool]
    shown: Code
    open: bool
    last: Guest


def init(s):
    s.open = False
    s.shadow = s.code


@action
def attempt(s, c: Code, g: Guest):
    require(c == s.code, "the code is right")
    s.open = True


@action
def whisper(s, c: Code, g: Guest):
    require(c == s.code, "the code is right")
    s.last = g


@action
def publish(s):
    require(s.rule(s.code), "publishing is allowed")
    s.shown = s.code


@action
def change(s, c: Code):
    s.code = c
    s.shadow = c


@action
def unlock(s):
    s.open = True


@action
def tell(s):
    require(s.open, "the vault is open")
    s.shown = s.code


@action
def stumble(s):
    place = s.shelf[ite(s.rule(s.code), Shelf(1), Shelf(0))]
    require(place | not_(place), "there is such a place")


@action
def fuss(s):
    require(s.rule(s.code), "the rule allows it")
    require(s.open, "the vault is open")


@action
def confuse(s):
    s.open = s.code != s.shadow


def shown(s):
    return s.shown


def the_code(s):
    return s.code


def nothing(s):
    return s.shelf[Shelf(1)]


def is_the_code(s, c: Code):
    return s.code == c


def told(s, c: Code):
    return s.open & (s.code == c)


vault = Machine(
    name="vault",
    state=Vault,
    init=init,
    actions=(ACTIONS,),
    secrecy=Secrecy(
        secret=("code", "shadow"), private=(PRIVATE), alike=(ALIKE), refusals="REFUSALS"
    ),
    sizes={Code: 3, Guest: 2, Shelf: 1},
)
"""


def vault(
    actions: str, private: str = "", alike: str = "", refusals: str = "reasons"
) -> tuple[Sized, Secrecy]:
    text = VAULT.replace("ACTIONS", actions).replace("PRIVATE", private)
    sized = protocol(text.replace("ALIKE", alike).replace("REFUSALS", refusals)).at()
    assert sized.machine.secrecy is not None
    return sized, sized.machine.secrecy


PRIVATE_WHISPER = "(whisper, 'c'),"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (vault("attempt"), {("attempt", "refusals")}),
        (vault("attempt", refusals="seen"), {("attempt", "refusals")}),
        (vault("attempt", refusals="unseen"), set()),
        (vault("attempt", alike="the_code,"), set()),
        (vault("attempt", alike="is_the_code,"), set()),
        (vault("attempt", alike="nothing,"), {("attempt", "refusals")}),
        (vault("stumble"), set()),
        (vault("fuss"), {("fuss", "refusals")}),
        (vault("fuss", refusals="seen"), set()),
        (vault("whisper", PRIVATE_WHISPER), {("whisper", "refusals")}),
        (vault("whisper", PRIVATE_WHISPER, refusals="unseen"), set()),
        (vault("publish", refusals="unseen"), {("publish", "shown")}),
        (vault("publish", alike="shown,", refusals="unseen"), set()),
        (vault("publish", alike="shown,"), {("publish", "refusals")}),
        (vault("change"), set()),
        (vault("change, attempt", refusals="unseen"), set()),
        (vault("confuse"), set()),
    ],
)
def test_what_tells_runs_apart_that_look_alike(
    given: tuple[Sized, Secrecy], expected: set[tuple[str, str]]
) -> None:
    assert {leak[::2] for leak in leaks(*given, depth=3)} == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (vault("attempt", refusals="unseen"), {("attempt", "refusals")}),
        (vault("attempt", "(attempt, 'c'),"), set()),  # some code is right, and some is wrong
        (vault("attempt", "(attempt, 'c'),", refusals="seen"), set()),
        (vault("fuss", refusals="seen"), set()),
        (vault("fuss"), {("fuss", "refusals")}),
        (vault("fuss", refusals="unseen"), set()),
    ],
)
def test_answers_are_told_apart_by_whether_there_is_a_chance_of_them(
    given: tuple[Sized, Secrecy], expected: set[tuple[str, str]]
) -> None:
    assert {leak[::2] for leak in leaks(*given, depth=3, chances=True)} == expected
    states = [s for s in given[0].states_of_the_types() if not given[0].plain(s)["open"]]
    assert {leak[::2] for leak in leaks_anywhere(*given, states, chances=True)} == expected


@pytest.mark.parametrize(
    ("start", "alike", "expected"),
    [
        ("s.shown = s.code", "", {("init", "shown")}),
        ("s.shown = s.code", "the_code,", set()),
        ("s.code = s.shown", "", set()),
        ("require(s.shown == s.code, 'shown')", "", set()),
    ],
)
def test_the_start_may_give_a_secret_away(
    start: str, alike: str, expected: set[tuple[str, str]]
) -> None:
    text = VAULT.replace("ACTIONS", "change").replace("PRIVATE", "").replace("ALIKE", alike)
    sized = protocol(text.replace("s.shadow = s.code", start).replace("REFUSALS", "seen")).at()
    assert sized.machine.secrecy is not None
    assert {leak[::2] for leak in leaks(sized, sized.machine.secrecy, depth=0)} == expected


def test_what_is_given_away_is_given_away_before_a_refusal() -> None:
    """Once the vault is open its code is given away; whether it opens shows it before."""
    given = vault("attempt", alike="told,")
    assert {leak[::2] for leak in leaks(*given, depth=3)} == {("attempt", "refusals")}


def test_a_leak_has_its_depth_and_leaves_private_parameters_out() -> None:
    given = vault("unlock, tell")
    assert not list(leaks(*given, depth=1))
    assert {leak[2:] for leak in leaks(*given, depth=2)} == {("shown", 1)}
    given = vault("whisper", PRIVATE_WHISPER)
    assert {leak.args for leak in leaks(*given, depth=1)} == {(None, 0), (None, 1)}


def test_runs_are_followed_to_a_limit() -> None:
    assert not list(leaks(*vault("unlock, tell"), depth=2, limit=0))


def test_unreachable_states_that_look_alike_may_be_told_apart() -> None:
    sized, secrecy = vault("confuse")
    found = leaks_anywhere(sized, secrecy, sized.states_of_the_types())
    assert {leak[::2] for leak in found} == {("confuse", "open")}
    sized, secrecy = vault("change", refusals="reasons")
    assert not set(leaks_anywhere(sized, secrecy, sized.states_of_the_types()))


MARKET = """
class Seller(Sort): ...


class Buyer(Sort): ...


@state
class Market:
    cheated: Map[Seller, bool]
    convicted: Map[Seller, bool]
    lost: Map[Buyer, bool]
    refunded: Map[Buyer, bool]
    closed: bool


def init(s):
    s.cheated.fill(False)
    s.convicted.fill(False)
    s.lost.fill(False)
    s.refunded.fill(False)
    s.closed = False


@action
def cheat(s, v: Seller, b: Buyer):
    require(not_(s.closed), "open")
    s.cheated[v] = True
    s.lost[b] = True


@action
def refund(s, b: Buyer):
    s.refunded[b] = True


@action
def close(s):
    require(forall(Buyer, lambda b: implies(s.lost[b], s.refunded[b])), "all refunded")
    s.closed = True


@action
def walk_off(s):
    s.closed = True


@action
def judge(s, v: Seller):
    require(s.cheated[v], "guilty")
    s.convicted[v] = True


@action
def acquit(s, v: Seller):
    require(not_(s.cheated[v]), "innocent")
    s.convicted[v] = True


@action
def guess(s, v: Seller):
    s.convicted[v] = True


def deviated(s, v: Seller):
    return s.cheated[v]


def convicted(s, v: Seller):
    return s.convicted[v]


def honest(s, b: Buyer):
    return b != b


def lost(s, b: Buyer):
    return s.lost[b]


def refunded(s, b: Buyer):
    return s.refunded[b]


def closed(s):
    return s.closed


def none_lost(s):
    return forall(Buyer, lambda b: not_(s.lost[b]))


market = Machine(
    name="market",
    state=Market,
    init=init,
    actions=(ACTIONS,),
    accountability=Accountability(
        evidence=("convicted", "closed", "refunded"),
        verdicts=("convicted",),
        roles=(Role(deviated, convicted), Role(honest, harmed=lost, repaid=refunded)),
        over=closed,
        bounds=(none_lost,),
    ),
    sizes={Seller: 2, Buyer: 1},
)
"""


def market(actions: str) -> tuple[Sized, Accountability]:
    sized = protocol(MARKET.replace("ACTIONS", actions)).at()
    assert sized.machine.accountability is not None
    return sized, sized.machine.accountability


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("cheat, judge", (None, None)),  # nothing is ever over
        ("cheat, guess", (1, None)),
        ("cheat, walk_off", (None, 2)),
        ("cheat, refund, close", (None, None)),  # all are repaid
        ("cheat, refund, walk_off", (None, 2)),
        ("cheat, judge, guess", (1, None)),
    ],
)
def test_blame_and_harm(actions: str, expected: Sequence[int | None]) -> None:
    sized, said = market(actions)
    found = findings(reach(sized), said)
    assert (found.false_blame, found.unpaid_harm) == expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("cheat, walk_off", (2, 2)),
        ("cheat, refund, walk_off", (2, 2)),  # a refund is no verdict
        ("cheat, judge, walk_off", (2, None)),  # whoever cheated can be convicted yet
        ("cheat, acquit, walk_off", (2, 3)),  # the other one has to be convicted first
    ],
)
def test_harm_is_for_good_once_no_verdict_is_to_come(
    actions: str, expected: Sequence[int | None]
) -> None:
    sized, said = market(actions)
    found = findings(reach(sized), said)
    assert (found.unpaid_harm, found.unpaid_for_good) == expected


@pytest.mark.parametrize(("actions", "harm"), [("judge", None), ("guess", 3)])
def test_harm_is_paid_where_a_culprit_is_convicted(actions: str, harm: int | None) -> None:
    text = MARKET.replace("ACTIONS", f"cheat, {actions}, close").replace(
        "forall(Buyer, lambda b: implies(s.lost[b], s.refunded[b]))",
        "exists(Seller, lambda v: s.convicted[v]) & s.lost[0]",
    )
    sized = protocol(text).at()
    assert sized.machine.accountability is not None
    found = findings(reach(sized), sized.machine.accountability)
    assert found.unpaid_harm == harm
    assert found.ledgers == 3  # one convicted, the other, or both


def test_a_ledger_that_several_culprits_leave_has_collisions() -> None:
    sized, said = market("cheat, walk_off")
    found = findings(reach(sized), said)
    assert found.ledgers == 1
    assert len(found.collisions) == 6  # pairs of nobody, either, and both
    assert not found.rivals  # nobody need have done anything
    few = findings(reach(sized, within=within(sized, said, culprits=1)), said)
    assert len(few.collisions) == 3
    bound = findings(reach(sized, within=within(sized, said, bounds=said.bounds)), said)
    assert not bound.collisions


def test_rivals_are_the_smallest_sets_of_culprits_that_a_ledger_leaves_open() -> None:
    text = MARKET.replace("ACTIONS", "cheat, walk_off")
    guarded = "def walk_off(s):\n    require(exists(Seller, lambda v: s.cheated[v]), 'cheated')"
    sized = protocol(text.replace("def walk_off(s):", guarded)).at()
    assert sized.machine.accountability is not None
    found = findings(reach(sized), sized.machine.accountability)
    assert len(found.collisions) == 3
    [rivals] = found.rivals
    assert rivals == {frozenset({("Seller", 0)}), frozenset({("Seller", 1)})}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [("guess", set()), ("guess, judge, cheat", {("judge", "cheated")})],
)
def test_a_verdict_that_looks_beyond_the_ledger(
    actions: str, expected: set[tuple[str, str]]
) -> None:
    sized, said = market(actions)
    assert beyond_the_ledger(sized, said, list(sized.states_of_the_types())) == expected


def test_a_verdict_may_look_at_what_is_shown() -> None:
    sized, said = market("judge")
    states = list(sized.states_of_the_types())
    assert beyond_the_ledger(sized, said, states)
    assert not beyond_the_ledger(sized, evolve(said, shown=["cheated"]), states)
