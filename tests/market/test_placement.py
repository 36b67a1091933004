"""Placement: the theorems on random placements, the published figures, Z3 against brute force."""

import json
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from checkers.market.placement.problem import Problem, check
from checkers.market.placement.search import Search
from checkers.market.placement.synthesis import synthesise
from checkers.prove.disagreement import Disagreement
from spec.notation.symbolic import Formula
from spec.placement import (
    Coalition,
    Placement,
    Vendors,
    closure,
    counted_parts,
    least_exposure,
    least_parts,
    schonheim,
)
from tests.support.command import run


def alone(vendors: int) -> tuple[Vendors, ...]:
    """Vendors that are a firm each."""
    return tuple(frozenset({vendor}) for vendor in range(vendors))


def placed(*parts: str, vendors: int) -> Placement:
    """A placement where part 0 is on the vendors whose digits the first text has, and so on."""
    return Placement(tuple(frozenset(map(int, part)) for part in parts), alone(vendors))


def asked(parts: int, vendors: int, crashes: int, *, infer: bool = False) -> Problem:
    return Problem((1,) * parts, (None,) * vendors, alone(vendors), crashes, infer)


def largest(problem: Problem) -> int:
    answer = synthesise(problem)
    assert answer.verdict == "largest"
    assert answer.placement is not None
    return answer.placement.threshold(infer=problem.infer)


@st.composite
def partitions(draw: st.DrawFn, most: int) -> tuple[Vendors, ...]:
    firm = draw(st.lists(st.integers(0, most - 1), min_size=1, max_size=most))
    return tuple(
        frozenset(v for v, one in enumerate(firm) if one == name) for name in sorted(set(firm))
    )


@st.composite
def placements(draw: st.DrawFn) -> Placement:
    principals = draw(partitions(5))
    vendors = sum(map(len, principals))
    holders = st.frozensets(st.integers(0, vendors - 1), min_size=1)
    parts = draw(st.lists(holders, min_size=1, max_size=6))
    return Placement(tuple(parts), principals)


def by_principal(placement: Placement) -> list[set[int]]:
    """For each part, the principals with a vendor that holds it."""
    firms = list(enumerate(placement.principals))
    return [{i for i, one in firms if one & holders} for holders in placement.holders]


def transversal(family: list[set[int]], members: int) -> int:
    """The least size of a set that meets every set of a family."""
    return next(
        size
        for size in range(members + 1)
        if any(
            all(one & set(some) for one in family) for some in combinations(range(members), size)
        )
    )


# The theorems.


@given(placements())
def test_crash_tolerance_is_the_fewest_holders_but_one(placement: Placement) -> None:
    assert placement.crash_tolerance() == min(map(len, by_principal(placement))) - 1


@given(placements())
def test_threshold_is_a_transversal_number(placement: Placement) -> None:
    members, holders = len(placement.principals), by_principal(placement)
    assert placement.threshold() == transversal(holders, members)
    pairs = [a | b for a, b in pairwise(holders)]
    assert placement.threshold(infer=True) == transversal(pairs, members)


@given(placements())
def test_whoever_can_serve_can_copy(placement: Placement) -> None:
    everybody = set(range(len(placement.principals)))
    serving = min(
        size
        for size in range(1, len(everybody) + 1)
        if any(placement.survives(everybody - set(some)) for some in placement.coalitions(size))
    )
    assert serving == placement.threshold()


@given(placements())
def test_threshold_and_crash_tolerance_share_the_vendors(placement: Placement) -> None:
    members, f, t = len(placement.principals), placement.crash_tolerance(), placement.threshold()
    assert placement.threshold(infer=True) <= t <= members - f
    sets = {tuple(sorted(one)) for one in by_principal(placement)}
    assert (t + f == members) == (sets >= set(combinations(range(members), f + 1)))


@given(placements())
def test_the_covering_bound(placement: Placement) -> None:
    members, f, parts = (
        len(placement.principals),
        placement.crash_tolerance(),
        len(placement.holders),
    )
    least = least_parts(members, f, placement.threshold())
    assert least is not None
    assert least <= parts
    if parts > 1:
        least = least_parts(members, f, placement.threshold(infer=True))
        assert least is not None
        assert least <= counted_parts(parts, infer=True)


@given(placements())
def test_some_coalition_holds_as_much_as_the_average(placement: Placement) -> None:
    members, f, parts = (
        len(placement.principals),
        placement.crash_tolerance(),
        len(placement.holders),
    )
    for size in range(1, members + 1):
        held = placement.exposure(size)
        assert least_exposure(parts, members, f, size) <= held
        assert held <= placement.exposure(size, infer=True) <= parts


@given(placements())
def test_a_firm_of_s_vendors_lowers_the_threshold_by_at_most_s_less_one(
    placement: Placement,
) -> None:
    apart = Placement(placement.holders, alone(sum(map(len, placement.principals))))
    lost = sum(len(one) - 1 for one in placement.principals)
    assert apart.threshold() - lost <= placement.threshold() <= apart.threshold()
    assert placement.crash_tolerance() <= apart.crash_tolerance()


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.sets(st.integers(0, n - 1)), st.just(n))))
def test_closure_leaves_runs_of_two_or_more(some: tuple[set[int], int]) -> None:
    held, parts = frozenset(some[0]), some[1]
    known = closure(held, parts)
    missing = set(range(parts)) - held
    in_a_run = {p for p in missing if p - 1 in missing or p + 1 in missing}
    assert known == set(range(parts)) - in_a_run
    assert closure(known, parts) == known


@given(placements())
def test_parts_placed_in_pairs_lose_nothing_to_inference(placement: Placement) -> None:
    twice = tuple(holders for holders in placement.holders for _ in range(2))
    assert Placement(twice, placement.principals).threshold(infer=True) == placement.threshold()


@pytest.mark.parametrize(
    ("holders", "principals", "said"),
    [
        ([], [{0}], "no parts"),
        ([{0}, set()], [{0}], "part 1: held by []"),
        ([{1}], [{0}], r"part 0: held by [1]"),
        ([{0}], [{0, 1}, {1}], "two principals"),
    ],
)
def test_what_is_no_placement(
    holders: list[set[int]], principals: list[set[int]], said: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        Placement(tuple(map(frozenset, holders)), tuple(map(frozenset, principals)))
    assert said in str(raised.value)


# Published figures.


@pytest.mark.parametrize(
    ("points", "block", "subset", "number"),
    [(7, 3, 2, 7), (6, 3, 2, 6), (8, 4, 3, 14), (9, 3, 2, 12), (7, 4, 2, 4), (8, 6, 5, 12)],
)
def test_schonheim(points: int, block: int, subset: int, number: int) -> None:
    """Fano's plane and others (La Jolla Covering Repository); C(7, 4, 2) is 5, one more."""
    assert schonheim(points, block, subset) == number


def test_no_number_of_small_blocks_covers_larger_sets() -> None:
    assert schonheim(5, 2, 3) is None
    assert schonheim(5, 0, 0) == 1


@pytest.mark.parametrize(
    ("parts", "vendors", "copies", "threshold", "inferring"),
    [
        *[(3, 3, 1, 3, 1), (6, 3, 1, 3, 3), (3, 3, 2, 2, 1), (6, 3, 2, 2, 2), (4, 4, 1, 4, 2)],
        *[(4, 4, 2, 2, 2), (6, 4, 2, 3, 2), (4, 4, 3, 2, 1), (5, 5, 1, 5, 2), (6, 5, 2, 3, 2)],
        *[(10, 5, 2, 4, 3), (5, 5, 3, 2, 1), (10, 5, 3, 3, 2), (6, 6, 1, 6, 3), (6, 6, 2, 4, 3)],
        *[(10, 6, 2, 4, 3), (6, 6, 3, 3, 2), (8, 6, 4, 2, 2)],
    ],
)
def test_largest_thresholds(
    parts: int, vendors: int, copies: int, threshold: int, inferring: int
) -> None:
    assert largest(asked(parts, vendors, copies - 1)) == threshold
    assert largest(asked(parts, vendors, copies - 1, infer=True)) == inferring
    if parts > 3:  # every second part decides
        assert largest(asked(parts // 2, vendors, copies - 1)) == inferring


@pytest.mark.parametrize(
    ("vendors", "crashes", "threshold", "parts"),
    [
        *[(5, 1, 2, 2), (5, 1, 3, 4), (5, 1, 4, 10), (5, 2, 2, 3), (5, 2, 3, 10)],
        *[(6, 1, 2, 2), (6, 1, 3, 3), (6, 1, 4, 6), (6, 1, 5, 15), (6, 2, 2, 2), (6, 2, 3, 6)],
        *[(6, 2, 4, 20), (7, 1, 2, 2), (7, 1, 3, 3), (7, 1, 4, 5), (7, 1, 5, 9), (7, 1, 6, 21)],
        *[(7, 2, 2, 2), (7, 2, 3, 5), (7, 2, 4, 12), (7, 2, 5, 35)],
    ],
)
def test_the_least_parts_for_a_threshold(
    vendors: int, crashes: int, threshold: int, parts: int
) -> None:
    assert synthesise(asked(parts, vendors, crashes), threshold).verdict == "enough"
    refused = synthesise(asked(parts - 1, vendors, crashes), threshold)
    assert refused.verdict == "infeasible"
    # Only for these two is a covering larger than Schonheim's bound.
    open_ = (vendors, crashes, threshold) in [(7, 2, 3), (7, 2, 4)]
    assert refused.reason.method == ("Z3" if open_ else "Schonheim bound")


@pytest.mark.parametrize(
    ("vendors", "parts", "crashes", "budget", "threshold", "inferring"),
    [(6, 8, 1, 3, 4, 3), (6, 8, 2, 4, 3, 2), (7, 9, 1, 3, 5, 3), (8, 10, 1, 3, 5, 4)],
)
def test_largest_thresholds_within_budgets(
    vendors: int, parts: int, crashes: int, budget: int, threshold: int, inferring: int
) -> None:
    budgets = (budget,) * vendors
    for infer, expected in ((False, threshold), (True, inferring)):
        problem = Problem((1,) * parts, budgets, alone(vendors), crashes, infer)
        assert largest(problem) == expected


def test_the_worked_case() -> None:
    """Nobody below 4 holds all six parts, but some pairs and most triples can infer them."""
    placement = placed("01", "04", "23", "35", "14", "25", vendors=6)
    assert (placement.crash_tolerance(), placement.threshold()) == (1, 4)
    assert placement.threshold(infer=True) == 2
    knowing = {
        (size, infer): sum(not placement.missed(c, infer=infer) for c in placement.coalitions(size))
        for size in range(5)
        for infer in (False, True)
    }
    assert knowing[3, False] == 0
    assert knowing[4, False] == 9
    assert (knowing[1, True], knowing[2, True], knowing[3, True]) == (0, 6, 18)
    assert placement.exposure(1) == 2
    assert placement.exposure(1, infer=True) == 4


def test_vendors_of_one_firm_break_what_counts_them_apart() -> None:
    apart = placed("01", "02", "12", vendors=3)
    one_firm = Placement(apart.holders, (frozenset({0, 1}), frozenset({2})))
    assert (apart.crash_tolerance(), apart.threshold()) == (1, 2)
    assert (one_firm.crash_tolerance(), one_firm.threshold()) == (0, 1)


# Synthesis.


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    principals = draw(partitions(4))
    vendors = sum(map(len, principals))
    size, budget = st.integers(1, 3), st.sampled_from([None, None, 1, 2, 3, 4, 6])
    return Problem(
        sizes=tuple(draw(st.lists(size, min_size=1, max_size=4 if vendors < 4 else 3))),
        budgets=tuple(draw(st.lists(budget, min_size=vendors, max_size=vendors))),
        principals=principals,
        crashes=draw(st.sampled_from([0, 0, 1, 1, 2])),
        infer=draw(st.booleans()),
    )


def best(problem: Problem) -> int | None:
    """The largest threshold of all placements, each of which is tried; None if there is none."""
    firm = {v: i for i, one in enumerate(problem.principals) for v in one}
    vendors, members = range(len(problem.budgets)), len(problem.principals)
    sets = [set(some) for size in vendors for some in combinations(vendors, size + 1)]
    enough = [some for some in sets if len({firm[v] for v in some}) > problem.crashes]
    found = []
    for holders in product(enough, repeat=len(problem.sizes)):
        parts = list(zip(problem.sizes, holders, strict=True))
        loads = [sum(size for size, some in parts if v in some) for v in vendors]
        if all(b is None or x <= b for x, b in zip(loads, problem.budgets, strict=True)):
            family = [{firm[v] for v in some} for some in holders]
            if problem.infer:
                family = [a | b for a, b in pairwise(family)]
            found.append(transversal(family, members))
    return max(found, default=None)


@settings(max_examples=200, deadline=None)
@given(problems())
@pytest.mark.full
def test_no_placement_is_better(problem: Problem) -> None:
    answer = synthesise(problem)
    expected = best(problem)
    if expected is None:
        assert (answer.verdict, answer.placement) == ("infeasible", None)
        return
    assert answer.verdict == "largest"
    assert answer.placement is not None
    assert answer.placement.threshold(infer=problem.infer) == expected
    check(problem, answer.placement, expected)
    assert synthesise(problem, expected).verdict == "enough"
    assert synthesise(problem, expected + 1).verdict == "infeasible"


def test_vendors_and_parts_that_differ_are_told_apart() -> None:
    answer = synthesise(Problem((3, 1), (1, 1, 3, 3), alone(4), 1))
    assert answer.verdict == "largest"
    assert answer.placement == placed("23", "01", vendors=4)
    # With inference, parts of one size differ by their neighbours.
    assert largest(Problem((1,) * 5, (1, 3, 3, 3), alone(4), 1, infer=True)) == 2


def test_a_wrong_placement_is_found_out() -> None:
    problem = Problem((1, 1, 2), (2, 2, 2), alone(3), 1)
    fine = placed("01", "01", "12", vendors=3)
    assert fine.threshold() == 1
    with pytest.raises(Disagreement, match="vendor 1 is over its budget of 2"):
        check(problem, fine, 1)
    free = Problem((1, 1, 2), (None,) * 3, alone(3), 1)
    check(free, fine, 1)
    with pytest.raises(Disagreement, match="fewer than 2 know every part"):
        check(free, fine, 2)
    with pytest.raises(Disagreement, match="does not survive 1 crash"):
        check(free, placed("01", "01", "2", vendors=3), 1)
    with pytest.raises(Disagreement, match="other parts or vendors"):
        check(free, placed("01", "01", vendors=3), 1)


def test_a_solver_that_does_not_heed_what_it_is_told_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(self: Search, coalition: Coalition) -> Formula:
        return z3.BoolVal(True, self.solver.ctx)

    monkeypatch.setattr(Search, "_misses_something", nothing)
    with pytest.raises(Disagreement, match="has it miss a part"):
        synthesise(Problem((1,) * 6, (None,) * 6, alone(6), 1))


# The command line.


def result(path: Path, *arguments: object) -> tuple[int, Any]:
    code = run("place", *arguments, "--json", path)
    return code, json.loads(path.read_text())


def test_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--parts", 6, "--vendors", 6, "--crashes", 1)
    code, found = result(tmp_path / "out.json", *arguments)
    assert (code, found["verdict"], found["method"]) == (OK, "largest", "Schonheim bound")
    placement = found["placement"]
    assert (placement["crash_tolerance"], placement["threshold"]) == (1, 4)
    rebuilt = placed(*("".join(map(str, some)) for some in placement["holders"]), vendors=6)
    assert (rebuilt.crash_tolerance(), rebuilt.threshold()) == (1, 4)
    assert placement["closure_threshold"] == rebuilt.threshold(infer=True)
    for vendor, held in enumerate(placement["holdings"]):
        assert held == [part for part, some in enumerate(placement["holders"]) if vendor in some]
    assert placement["loads"] == [len(held) for held in placement["holdings"]]
    assert [row["coalition_size"] for row in placement["exposure"]] == [1, 2, 3, 4, 5, 6]
    assert placement["exposure"][0]["held"] == rebuilt.exposure(1)
    assert placement["exposure"][0]["known"] == rebuilt.exposure(1, infer=True)
    assert placement["exposure"][0]["held_at_least"] == 2
    assert len(placement["coalitions"]) == 20
    for row in placement["coalitions"]:
        assert row["misses"]
        assert row["misses"] == sorted(rebuilt.missed(row["principals"]))
    said = capsys.readouterr().out
    assert "0     1     0, 1        2, 3, 4, 5" in said
    assert f"f = 1, t = 4, closure t = {placement['closure_threshold']}" in said
    assert "any 3 vendors miss at least 1 part: " in said
    assert "a threshold of 5 takes 15 parts or more, and there are 6" in said


def test_place_says_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--parts", 7, "--vendors", 7, "--crashes", 2, "--closure", "--budget", 4)
    first = (result(tmp_path / "a.json", *arguments), capsys.readouterr().out)
    assert (result(tmp_path / "b.json", *arguments), capsys.readouterr().out) == first


def test_place_with_firms_sizes_and_budgets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = result(
        tmp_path / "out.json",
        *("--parts", 6, "--vendors", 6, "--crashes", 1, "--size", "0=2", "--budget", 3),
        *("--budget", "5=4", "--conflict", "1,0", "--conflict", "1,3", "--closure"),
    )
    assert code == OK
    assert found["principals"] == [[0, 1, 3], [2], [4], [5]]
    assert found["sizes"] == [2, 1, 1, 1, 1, 1]
    assert found["budgets"] == [3, 3, 3, 3, 3, 4]
    loads = found["placement"]["loads"]
    assert all(load <= budget for load, budget in zip(loads, found["budgets"], strict=True))
    assert found["placement"]["closure_threshold"] == 2
    said = capsys.readouterr().out
    assert "any 1 firm misses at least" in said
    assert "0+1+3" in said


@pytest.mark.parametrize(
    ("arguments", "method", "said"),
    [
        ("3 3 3", "counting", "survive 3 crashes takes 4 holders of each part, and there are 3 v"),
        ("3 3 2 --conflict 0,2", "counting", "takes 3 holders of each part, and there are 2 firms"),
        ("4 3 1 --budget 2", "counting", "2 of each part take 8 in sum, and the budgets are 6"),
        ("2 3 1 --budget 1 --size 0=2", "counting", "part 0, of size 2, must be on 2 of 3 vendors"),
        (
            "9 4 1 --threshold 4",
            "t + f <= N",
            "survive 1 crash, any 3 of 4 vendors hold every part",
        ),
        ("6 6 1 --threshold 5", "Schonheim bound", "a threshold of 5 takes 15 parts or more"),
        (
            "5 6 1 --threshold 3 --closure",
            "Schonheim bound",
            "takes 6 parts or more, and there are",
        ),
        ("4 7 2 --threshold 3", "Z3", "no placement of the parts has a threshold of 3"),
        (
            "9 7 2 --threshold 3 --closure",
            "Z3",
            "no placement of every second part has a threshold",
        ),
        (
            "2 3 1 --budget 3 --size 0=2 --size 1=2",
            "Z3",
            "the parts within the budgets has 2 of each",
        ),
    ],
)
def test_what_cannot_be_placed_is_told_in_one_line(
    arguments: str, method: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, vendors, crashes, *more = arguments.split()
    code, found = result(
        tmp_path / "out.json",
        *("--parts", parts, "--vendors", vendors, "--crashes", crashes, *more),
    )
    assert (code, found["verdict"], found["method"]) == (FAILED, "infeasible", method)
    assert found["placement"] is None
    [line] = capsys.readouterr().out.splitlines()
    assert line == f"infeasible: {found['reason']}"
    assert said in line
    assert "Schonheim" not in line  # in whose words it is known is for --json


def test_out_of_time_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--parts", 12, "--vendors", 12, "--crashes", 3, "--timeout", 0.5)
    code, found = result(tmp_path / "out.json", *arguments)
    assert (code, found["verdict"]) == (UNKNOWN, "undecided")
    reached = found["placement"]["threshold"]
    assert reached < 5
    said = f"could not say within its limit whether a threshold of {reached + 1} is possible"
    assert f"undecided: Z3 {said}" in capsys.readouterr().out


def test_few_parts_leave_little(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("place", "--parts", 1, "--vendors", 2, "--crashes", 1) == OK
    assert "1 vendor can know every part" in capsys.readouterr().out
    assert run("place", "--parts", 1, "--vendors", 2, "--crashes", 1, "--closure") == OK
    assert "a consumer can infer the only part" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("3 3 1 --size 3=2", "--size 3=2: give a part from 0 to 2"),
        ("3 3 1 --size 1=0", "--size 1=0: give a part"),
        (f"3 3 1 --size 1={'9' * 5000}", "--size 1=99999"),
        ("3 3 1 --budget 99999999999", "--budget 99999999999: give a number"),
        ("3 3 1 --size 1=2 --size 1=3", "--size 1=3: part 1 has a size already"),
        ("3 3 1 --budget a=2", "--budget a=2: give a number for all vendors, or for one from 0"),
        ("3 3 1 --budget 3=2", "--budget 3=2: give a number"),
        ("3 3 1 --budget many", "--budget many: give a number"),
        ("3 3 1 --budget 2 --budget 3", "--budget 3: there is such a budget already"),
        ("3 3 1 --conflict 0", "--conflict 0: give two or more vendors from 0 to 2"),
        ("3 3 1 --conflict 0,3", "--conflict 0,3: give two or more vendors"),
        ("3 3 1 --threshold 0", "Must be >= 1"),
        ("0 3 1", "--parts"),
        ("3 13 1", "--vendors"),
        ("3 3 -1", "--crashes"),
    ],
)
def test_bad_usage(
    arguments: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, vendors, crashes, *more = arguments.split()
    path = tmp_path / "out.json"
    given = ("--parts", parts, "--vendors", vendors, "--crashes", crashes)
    assert run("place", *given, *more, "--json", path) == USAGE
    assert not path.exists()
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert said in line
