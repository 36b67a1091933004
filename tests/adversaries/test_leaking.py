"""What split models leak: the laws hold of what is measured, and say something."""

from itertools import combinations
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversaries.leaking.coalitions import Pooled, coalitions, lawful, least
from adversaries.leaking.leakage import Leakage


def pooled(leakage: Leakage) -> list[Pooled]:
    return cast(list[Pooled], leakage.rows)


@given(st.integers(2, 9), st.booleans())
def test_the_smallest_coalition_that_knows_all_is_half_of_the_parts(
    parts: int, account: bool
) -> None:
    def known(size: int) -> bool:
        return any(lawful(some, parts, account) for some in combinations(range(parts), size))

    size = least(parts, account)
    assert known(size)
    assert not known(size - 1)


@given(st.sets(st.integers(0, 7)), st.integers(0, 7), st.booleans())
def test_who_holds_more_knows_no_less(held: set[int], one: int, account: bool) -> None:
    assert lawful({*held, one}, 8, account) >= lawful(held, 8, account)
    assert lawful(held, 8, True) >= lawful(held, 8, account)


def check_coalitions(parts: int, requests: int) -> None:
    found = coalitions((parts,), (requests,))
    rows = [row for row in pooled(found) if row.broad]
    assert len(rows) == 2 ** (parts + 1) - 3  # no account and no part is nobody
    assert {row.exact for row in rows} == {True, False}
    assert not found.broken, found.broken
    for row in rows:
        others = {*range(1, parts + 1)} - {*row.coalition}
        assert {*row.solved, *row.trained, *row.unseen} == others
        assert (row.copy is None) == bool(row.unseen)


def test_coalitions_know_what_the_law_says() -> None:
    check_coalitions(3, 400)


@pytest.mark.full
@pytest.mark.parametrize(("parts", "requests"), [(4, 1000), (5, 1000)])
def test_coalitions_of_more_parts_do_too(parts: int, requests: int) -> None:
    check_coalitions(parts, requests)
