"""What evidence shows of who did as they should.

The *ledger* of a state is what its evidence and its verdicts hold, and the functions. A party is a
*culprit* in a state in which it is said to have deviated; what is undefined is not so. Whom a
verdict blames is judged in every state, what is left undone only in those where all is over.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, filterfalse

from attrs import frozen

from tests.support.machines.oracle.cells import State
from tests.support.machines.oracle.protocol import Sized
from tests.support.machines.oracle.reach import Reached
from tests.support.machines.oracle.words import Accountability, Role, Text, Value, elements

Party = tuple[str, Value]  # the name of its sort, and its number
Culprits = frozenset[Party]


Pairs = frozenset[frozenset[Culprits]]


@frozen
class Findings:
    """What was found in the reachable states.

    Attributes:
        false_blame: the fewest steps after which a party is convicted that did not deviate.
        unpaid_harm: the fewest after which all is over, and a party is harmed and not repaid, while
            no culprit is convicted, of whatever sort.
        unpaid_for_good: the fewest after which that is so, and no step changes a verdict any more.
        histories: for each ledger where all is over, the sets of culprits that it leaves open.
    """

    false_blame: int | None
    unpaid_harm: int | None
    unpaid_for_good: int | None
    histories: Mapping[State, set[Culprits]]

    @property
    def ledgers(self) -> int:
        """How many ledgers there are where all is over."""
        return len(self.histories)

    @property
    def collisions(self) -> Pairs:
        """Each two sets of culprits that one ledger leaves open."""
        return _pairs(self.histories.values())

    @property
    def rivals(self) -> Pairs:
        """The collisions of sets that are smallest: no ledger leaves a part of one open as well."""
        return _pairs(map(_smallest, self.histories.values()))


def _pairs(histories: Iterable[set[Culprits]]) -> Pairs:
    return frozenset(frozenset(two) for sets in histories for two in combinations(sets, 2))


def _smallest(sets: set[Culprits]) -> set[Culprits]:
    return {culprits for culprits in sets if not any(other < culprits for other in sets)}


def findings(reached: Reached, said: Accountability) -> Findings:
    """What the reachable states show of those who are held to account."""
    court = Court(reached.sized, said)
    over = [state for state in reached.depth if reached.sized.says(said.over, state)]
    unpaid = [state for state in over if court.leaves_harm(state)]
    histories: dict[State, set[Culprits]] = defaultdict(set)
    for state in over:
        histories[court.ledger(state)].add(court.culprits(state))
    return Findings(
        _fewest(reached, filter(court.blames_falsely, reached.depth)),
        _fewest(reached, unpaid),
        _fewest(reached, filterfalse(court.may_yet_judge, unpaid)),
        histories,
    )


def _fewest(reached: Reached, states: Iterable[State]) -> int | None:
    return min((reached.depth[state] for state in states), default=None)


@frozen
class Court:
    """What is said of the parties in a state."""

    sized: Sized
    said: Accountability

    def _parties(self) -> Iterator[tuple[Role, Party]]:
        for role in self.said.roles:
            for party in elements(role.sort):
                yield role, (role.sort.__name__, party)

    def _is(self, text: Text | None, state: State, party: Party) -> bool:
        return text is not None and self.sized.says(text, state, party[1:])

    def ledger(self, state: State) -> State:
        """What everybody can see."""
        functions = [field.name for field in self.sized.fields if field.fixed]
        return _held(self.sized, state, {*self.said.evidence, *self.said.verdicts, *functions})

    def culprits(self, state: State) -> Culprits:
        """Who deviated."""
        return frozenset(p for role, p in self._parties() if self._is(role.deviated, state, p))

    def convicts(self, state: State) -> Culprits:
        """Who is convicted."""
        return frozenset(p for role, p in self._parties() if self._is(role.convicted, state, p))

    def blames_falsely(self, state: State) -> bool:
        """Whether somebody is convicted that did as it should."""
        return not self.convicts(state) <= self.culprits(state)

    def leaves_harm(self, state: State) -> bool:
        """Whether somebody that did not deviate is harmed, and neither repaid, nor is any culprit
        convicted."""
        culprits = self.culprits(state)
        return not self.convicts(state) & culprits and any(
            self._is(role.harmed, state, party) and not self._is(role.repaid, state, party)
            for role, party in self._parties()
            if party not in culprits
        )

    def may_yet_judge(self, state: State) -> bool:
        """Whether some step changes a verdict."""
        verdicts = _held(self.sized, state, self.said.verdicts)
        return any(
            came.after is not None and _held(self.sized, came.after, self.said.verdicts) != verdicts
            for _, _, came in self.sized.steps(state)
        )


def within(
    sized: Sized, said: Accountability, culprits: int | None = None, bounds: Sequence[Text] = ()
) -> Callable[[State], bool]:
    """For `reach`: the states with so many culprits, at most, and within restrictions."""
    court = Court(sized, said)

    def meets(state: State) -> bool:
        few = culprits is None or len(court.culprits(state)) <= culprits
        return few and all(sized.says(bound, state) for bound in bounds)

    return meets


def beyond_the_ledger(
    sized: Sized, said: Accountability, states: Collection[State]
) -> set[tuple[str, str]]:
    """Actions that decide verdicts otherwise in two states that differ in one field off the ledger.

    The field is neither evidence nor a verdict, nor shown, and no function. A refused attempt
    leaves the verdicts as they are; attempts that come to something undefined are not looked at.
    """
    off = [
        f
        for f in sized.fields
        if not f.fixed and f.name not in {*said.evidence, *said.verdicts, *said.shown}
    ]
    return {
        (action, field.name)
        for field in off
        for action in _swayed(sized, said, states, set(field.cells))
    }


def _swayed(
    sized: Sized, said: Accountability, states: Iterable[State], cells: set[int]
) -> set[str]:
    """The actions whose verdicts differ in states that are the same but for some cells."""
    verdicts: dict[tuple[str, State, State], set[State]] = defaultdict(set)
    for state in states:
        same = tuple(value for cell, value in enumerate(state) if cell not in cells)
        for action, args, came in sized.steps(state):
            if came.what in ("taken", "refused"):
                after = _held(sized, came.after or state, said.verdicts)
                verdicts[action, args, same].add(after)
    return {action for (action, _, _), ways in verdicts.items() if len(ways) > 1}


def _held(sized: Sized, state: State, names: Iterable[str]) -> State:
    named = {field.name: field for field in sized.fields}
    return tuple(state[cell] for name in names for cell in named[name].cells)
