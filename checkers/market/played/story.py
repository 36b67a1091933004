"""What of an attack is told: the request in which something goes wrong, and the rest in a line."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Self, TypeAlias

import attrs

from adversaries.script import Facts
from checkers.market.played.said import Record, Said

_ROUTINE = {"deposit"}  # whoever vouches for what it does sets money aside, again and again
_TO_AND_FRO = 2  # moves: somebody's, and who answers it
_FEW = 2  # lines are told rather than folded


@attrs.frozen
class Fold:
    """Things that were said and are not told one by one.

    Attributes:
        where: what they have in common, as a clause.
        said: what they are.
    """

    where: str
    said: Sequence[Said]

    @property
    def moved(self) -> Mapping[str, int]:
        """How much more or less money there is in each place after all of them."""
        found = Counter[str]()
        for each in self.said:
            found.update(each.moved)
        return found

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many there are of each kind."""
        return Counter(each.passed.kind for each in self.said)


Entry: TypeAlias = Said | Fold


@attrs.frozen
class Story:
    """What of an attack is told.

    Attributes:
        record: all that was said.
        deviated: who deviated, by name.
        request: the request that is told; nothing where all are.
        requests: how many there are.
        entries: what is told, in order; what is left of other requests stands last.
    """

    record: Record
    deviated: Sequence[str]
    request: bytes
    requests: int
    entries: Sequence[Entry]

    @property
    def asker(self) -> str:
        """Who made the request that is told; nobody where all are."""
        made = (each.passed for each in self.record.said if _begins(each))
        return next((passed.source for passed in made if passed.about == self.request), "")

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """The story of what happened. Raises LedgerError."""
        record = Record.of(facts.passed)
        requests = dict.fromkeys(s.passed.about for s in record.said if _begins(s))
        request = _worst(record.said, [*requests], facts.deviated)
        entries = [*_entries(record.said, request, [*requests], facts.deviated)]
        return cls(record, facts.deviated, request, len(requests), entries)


def _begins(each: Said) -> bool:
    """Whether somebody makes a request, in a market in which all is about one or another."""
    return each.passed.kind == "request" and bool(each.passed.about)


def _worst(said: Sequence[Said], requests: Sequence[bytes], deviated: Collection[str]) -> bytes:
    """The request in which something goes wrong: somebody is convicted there.

    Where in none or in several, it is that in which those who deviate said the most in vain, else
    that in which they, or else all, said the most.
    """

    def trouble(request: bytes) -> tuple[int, ...]:
        about = [each for each in said if each.passed.about == request]
        theirs = [each.passed for each in about if each.passed.source in deviated]
        convicting = sum(bool(each.convicts) for each in about)
        return convicting, sum(each.is_in_vain for each in theirs), len(theirs), len(about)

    return max(requests, key=trouble, default=b"")


def _entries(
    said: Sequence[Said], request: bytes, requests: Sequence[bytes], deviated: Collection[str]
) -> Iterator[Entry]:
    """What is told of a request, or of all that was said if there is none."""
    before, told, elsewhere = list[Said](), list[Said](), list[Said]()
    begun = False
    for each in said:
        passed = each.passed
        begun |= passed.about == request
        is_general = passed.about not in requests
        is_theirs = begun and passed.source in deviated and passed.kind not in _ROUTINE
        is_part = is_general and (is_theirs or passed.is_in_vain)
        if not request or passed.about == request or each.convicts or is_part:
            told.append(each)
        elif begun or not is_general:
            elsewhere.append(each)
        else:
            before.append(each)
    if before:
        yield Fold("before it", before)
    yield from _without_repeats(told)
    if elsewhere:
        yield Fold("more about other requests, or none", elsewhere)


def _without_repeats(told: Sequence[Said]) -> Iterator[Entry]:
    """What is told, but of what goes on and on only the beginning."""
    moves = [(each.passed.source, each.passed.target, each.passed.kind) for each in told]

    def is_again(at: int) -> bool:
        is_marked = told[at].convicts or told[at].passed.is_in_vain
        return not is_marked and moves[at] in moves[max(at - _TO_AND_FRO, 0) : at]

    for again, places in groupby(range(len(told)), is_again):
        same = [told[at] for at in places]
        if again and len(same) > _FEW:
            yield Fold("more of the same", same)
        else:
            yield from same
