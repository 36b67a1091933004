"""What an onlooker learns of secrets: whether states that look alike can be told apart.

An onlooker sees the fields and functions that are not secret, which actions are taken, and their
parameters that are not private. Two states *look alike* if these fields and functions are the same,
and whatever is given away on purpose has the same values, for each choice of its parameters (where
it is undefined in both, it is the same). An action is attempted in both states, with the same
parameters but for the private ones. It *leaks*

* by what is seen, if it is taken in both, and after it what is given away is the same, yet what is
  seen is not;
* by refusals, if the answers differ. What is given away by the states after plays no part, since an
  answer is that of the state before. An answer is that the action is taken; or that it is not, if
  refusals are "seen"; or why it is not, if "reasons" are. A refusal that is unseen is no answer.

What it is that answers is open where parameters are private. As *inputs* they are a part of what
differs: each choice for the one state is held against each for the other. As *chances* they are
not: two states differ if one can give an answer, for some choice, that the other cannot. Then it
counts as well, even where refusals are unseen, that an action can be taken in only one of them.

What comes to something undefined is not looked at. After states in which what is given away
differs, the two runs are followed no further, and that is no leak.

`init` is taken from states that hold anything: it leaks what comes of a secret that it finds there.

States that look alike are kept as one group, in place of all its pairs: to look alike is an
equivalence, and so is to have looked alike in all states of a run.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from attrs import frozen

from tests.support.machines.oracle.cells import Field, State
from tests.support.machines.oracle.protocol import Outcome, Sized
from tests.support.machines.oracle.words import (
    Action,
    Secrecy,
    Undefined,
    Value,
    choices,
    elements,
    parameters,
)

Group = frozenset[State]
Public = tuple[Value | None, ...]  # parameters of an attempt, None for private ones


class Leak(NamedTuple):
    """How states that look alike are told apart.

    Attributes:
        by: the action that was attempted.
        args: its parameters, None for those that are private.
        what: the field that comes to differ; or "refusals".
        depth: how many steps were taken before it.
    """

    by: str
    args: Public
    what: str
    depth: int


def leaks(
    sized: Sized, secrecy: Secrecy, depth: int, limit: int = 10_000, chances: bool = False
) -> Iterator[Leak]:
    """What tells two runs apart that begin in initial states which look alike.

    Args:
        sized: the protocol at a size.
        secrecy: what is secret.
        depth: how many steps runs have, at most.
        limit: how many groups of states are looked at, at most.
        chances: private parameters are chances, for what is answered; else inputs.
    """
    onlooker = _Onlooker(sized, secrecy, chances)
    yield from onlooker.leaks_at_the_start()
    groups = set(onlooker.grouped(sized.initial()))
    known = set(groups)
    for steps in range(depth):
        after: set[Group] = set()
        for group in groups:
            for attempt in onlooker.attempts(group):
                yield from attempt.leaks(steps)
                after |= attempt.after
        groups = after - known
        known |= groups
        if len(known) > limit:
            return


def leaks_anywhere(
    sized: Sized, secrecy: Secrecy, states: Iterable[State], chances: bool = False
) -> Iterator[Leak]:
    """What tells two of these states apart that look alike, by one step."""
    onlooker = _Onlooker(sized, secrecy, chances)
    for group in onlooker.grouped(states):
        for attempt in onlooker.attempts(group):
            yield from attempt.leaks(0)


@frozen
class _Attempt:
    """What came of an attempt in all states of a group, with all private parameters.

    Attributes:
        after: the groups of states that it leads to.
        told: what tells them apart.
    """

    action: str
    args: Public
    after: set[Group]
    told: set[str]

    def leaks(self, depth: int) -> Iterator[Leak]:
        return (Leak(self.action, self.args, what, depth) for what in sorted(self.told))


@frozen
class _Onlooker:
    sized: Sized
    secrecy: Secrecy
    chances: bool

    @property
    def _public(self) -> list[Field]:
        return [field for field in self.sized.fields if field.name not in self.secrecy.secret]

    def _seen(self, state: State, fields: Iterable[Field]) -> State:
        return tuple(state[cell] for field in fields for cell in field.cells)

    def _given(self, state: State) -> tuple[Hashable, ...]:
        """What is given away in a state, undefined values being the same."""
        values = (
            self.sized.value(text, state, args)
            for text in self.secrecy.alike
            for args in choices(parameters(text).values())
        )
        return tuple(None if isinstance(value, Undefined) else value for value in values)

    def grouped(self, states: Iterable[State]) -> list[Group]:
        """States by how they look."""
        public = self._public
        groups: dict[Hashable, set[State]] = defaultdict(set)
        for state in states:
            groups[self._seen(state, public), self._given(state)].add(state)
        return [frozenset(group) for group in groups.values()]

    def leaks_at_the_start(self) -> Iterator[Leak]:
        """The fields in which initial states differ that come of the same, but for secrets."""
        public = {cell for field in self._public for cell in field.cells}
        groups: dict[Hashable, set[State]] = defaultdict(set)
        for found, state in self.sized.starts():
            groups[frozenset(held for held in found if held[0] in public)].add(state)
        told = set().union(*map(self._fields_apart, groups.values()))
        return (Leak("init", (), what, 0) for what in sorted(told))

    def attempts(self, group: Group) -> Iterator[_Attempt]:
        """Whatever can be attempted in each state of a group."""
        for act in self.sized.machine.actions:
            private = [(act.name, name) in self._private for name in act.parameters]
            for args in _hidden(act, private):
                yield self._attempt(act, args, group)

    @property
    def _private(self) -> set[tuple[str, str]]:
        return {(act.name, parameter) for act, parameter in self.secrecy.private}

    def _attempt(self, act: Action, args: Public, group: Group) -> _Attempt:
        every = _completed(act, args)
        came = [[self.sized.step(state, act.name, whole) for whole in every] for state in group]
        after = {after for outcomes in came for _, after, _ in outcomes if after is not None}
        told = self._fields_apart(after)
        if self._answers_apart(came):
            told.add("refusals")
        return _Attempt(act.name, args, set(self.grouped(after)), told)

    def _answers_apart(self, came: Iterable[Iterable[Outcome]]) -> bool:
        """Whether states differ in their answers, of which each has one for each private choice."""
        answers = [
            frozenset(answer for outcome in outcomes if (answer := self._answer(outcome)))
            for outcomes in came
            if all(outcome.what in ("taken", "refused") for outcome in outcomes)
        ]
        return len(set(answers) if self.chances else frozenset().union(*answers)) > 1

    def _answer(self, outcome: Outcome) -> str | None:
        """What is seen of the answer to an attempt, if anything."""
        if outcome.what == "taken" or self.secrecy.refusals == "seen":
            return outcome.what
        return f"refused: {outcome.reason}" if self.secrecy.refusals == "reasons" else None

    def _fields_apart(self, after: set[State]) -> set[str]:
        """The public fields in which states differ where the same is given away."""
        given: dict[Hashable, set[State]] = defaultdict(set)
        for state in after:
            given[self._given(state)].add(state)
        return {
            field.name
            for field in self._public
            for alike in given.values()
            if len({self._seen(state, [field]) for state in alike}) > 1
        }


def _hidden(act: Action, private: list[bool]) -> list[Public]:
    """Each choice of an action's parameters, with None for the private ones."""
    sorts = zip(act.parameters.values(), private, strict=True)
    every: dict[Public, None] = {(): None}
    for sort, hidden in sorts:
        values: list[Value | None] = [None] if hidden else list(elements(sort))
        every = {(*args, value): None for args in every for value in values}
    return list(every)


def _completed(act: Action, args: Public) -> list[tuple[Value, ...]]:
    """Each choice of the private parameters beside the public ones."""
    return [
        whole
        for whole in choices(act.parameters.values())
        if all(arg in (None, value) for arg, value in zip(args, whole, strict=True))
    ]
