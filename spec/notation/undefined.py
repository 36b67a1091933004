"""When the value of a term is undefined: a number in it is none of the sort that it has to be of.

One meaning holds in every domain. A choice is undefined only if its condition is, or the branch
that it selects; `&`, `|` and the quantifiers are decided by any defined operand that decides them;
everything else is undefined if a part of it is. The cause is `low`, a number below zero, or a
number past its size; where both occur, it is `low`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from spec.notation.sorts import SortType, Value
from spec.notation.term import (
    Term,
    choose,
    conjoin,
    disjoin,
    is_certain,
    is_in,
    less,
    negate,
    reading_terms,
)

Undefinedness: TypeAlias = tuple[Value, Value]
"""Conditions: it is undefined because of a number below zero; it is undefined at all."""

NEVER: Undefinedness = (False, False)


def undefinedness(value: Value) -> Undefinedness:
    """When a value is undefined, as conditions that are themselves defined in every state."""
    if is_certain(value):
        return NEVER
    terms = reading_terms()
    assert terms is not None  # only a reading makes terms that may be undefined
    if id(value) not in terms.undefined:
        terms.undefined[id(value)] = _OF.get(value.op, _any_part)(value)
    return terms.undefined[id(value)]


def outside(number: Value, sort: SortType) -> Undefinedness:
    """When a value is none of a sort of numbers, or undefined itself."""
    low, never = undefinedness(number)
    if is_in(number, sort):
        return low, never
    terms = reading_terms()
    assert terms is not None
    terms.note_past(number, sort)
    below, past = less(number, terms.first(sort)), negate(less(number, terms.extent(sort)))
    here = negate(never)
    return disjoin([low, conjoin([here, below])]), disjoin([never, below, past])


def comes_out(condition: Value, *, true: bool) -> Value:
    """That a condition is defined, and is true, or false."""
    if is_certain(condition):
        return condition if true else negate(condition)
    parts = condition.args
    if condition.op == "not":
        return comes_out(parts[0], true=not true)
    if condition.op in ("and", "or"):
        connect = conjoin if (condition.op == "and") is true else disjoin
        return connect([comes_out(part, true=true) for part in parts])
    if condition.op in ("forall", "exists"):
        word = "forall" if (condition.op == "forall") is true else "exists"
        return _quantified_as(word, parts[0], comes_out(parts[1], true=true))
    if condition.op == "ite":
        asked, *branches = parts
        ways = [
            conjoin([comes_out(asked, true=chosen), comes_out(branch, true=true)])
            for chosen, branch in zip((True, False), branches, strict=True)
        ]
        return disjoin(ways)
    defined = negate(undefinedness(condition)[1])
    return conjoin([defined, condition if true else negate(condition)])


def either(parts: Sequence[Undefinedness]) -> Undefinedness:
    """When any of several parts is undefined; below zero, if any is that."""
    return disjoin([low for low, _ in parts]), disjoin([never for _, never in parts])


def _any_part(term: Term) -> Undefinedness:
    return either([undefinedness(part) for part in term.args if isinstance(part, Term)])


def _ite(term: Term) -> Undefinedness:
    condition, then, otherwise = term.args
    low, never = undefinedness(condition)
    chosen = [
        choose(condition, a, b)
        for a, b in zip(undefinedness(then), undefinedness(otherwise), strict=True)
    ]
    here = negate(never)
    return disjoin([low, conjoin([here, chosen[0]])]), disjoin([never, chosen[1]])


def _within(term: Term) -> Undefinedness:
    value, *keys = term.args
    pairs = zip(keys[::2], keys[1::2], strict=True)
    low, never = either([outside(key, sort) for key, sort in pairs])
    value_low, value_never = undefinedness(value)
    here = negate(never)
    return disjoin([low, conjoin([here, value_low])]), disjoin([never, value_never])


def _connected(deciding: bool) -> Callable[[Term], Undefinedness]:
    """Of a connective, which one operand decides by being true, or by being false."""

    def of(term: Term) -> Undefinedness:
        decided = disjoin([comes_out(part, true=deciding) for part in term.args])
        low, never = either([undefinedness(part) for part in term.args])
        return conjoin([negate(decided), low]), conjoin([negate(decided), never])

    return of


def _quantified(deciding: bool) -> Callable[[Term], Undefinedness]:
    """Of a quantifier, likewise, over all its instances."""

    def of(term: Term) -> Undefinedness:
        bound, body = term.args
        low, never = undefinedness(body)
        decided = _quantified_as("exists", bound, comes_out(body, true=deciding))
        some_low, some = (_quantified_as("exists", bound, part) for part in (low, never))
        return conjoin([negate(decided), some_low]), conjoin([negate(decided), some])

    return of


def _quantified_as(word: str, bound: tuple[Term, ...], condition: Value) -> Value:
    terms = reading_terms()
    if terms is None or not isinstance(condition, Term):
        return condition
    return terms.term(word, (bound, condition), bool)


_OF: Mapping[str, Callable[[Term], Undefinedness]] = {
    "ite": _ite,
    "within": _within,
    "and": _connected(deciding=False),
    "or": _connected(deciding=True),
    "forall": _quantified(deciding=False),
    "exists": _quantified(deciding=True),
}
