"""Results: one face for all engines, which fails where something does not hold, and shows why."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest
from rich.console import Console

from checkers.naming.names import find_attribute
from checkers.results.notebook import html
from checkers.results.page import Block, Line, Listing, Table, plain
from checkers.results.terminal import show
from spec.textbook.peterson import peterson
from spec.textbook.two_phase import two_phase
from tallystick import (
    Exploration,
    Fails,
    Limit,
    Machine,
    Result,
    Undecided,
    Verdict,
    bound,
    explore,
    prove,
    simulate,
    strengthen,
    terminate,
)
from tests.support.command import LOCK, without_the_guard

ASKED: Mapping[str, Callable[[Machine[object]], Result]] = {
    "explore": explore,
    "prove": prove,
    "simulate": lambda machine: simulate(machine, runs=100),
    "bound": lambda machine: bound(machine, depth=3),
    "strengthen": strengthen,
}


def machine(folder: Path, text: str = LOCK) -> Machine[object]:
    (folder / "lock.py").write_text(text)
    return find_attribute(f"{folder / 'lock.py'}:lock", Machine, "machine")


@pytest.mark.parametrize("verb", ASKED)
def test_what_holds_passes(verb: str, tmp_path: Path) -> None:
    result = ASKED[verb](machine(tmp_path))
    result.assert_holds()
    assert (result.failed, result.undecided) == (False, False)
    assert result.asked.startswith(f"{verb} lock")
    assert "exclusive" in result.verdicts
    assert result.json()["machine"] == "lock"


@pytest.mark.parametrize("verb", ["explore", "prove", "simulate", "bound"])
def test_what_does_not_hold_is_shown(verb: str, tmp_path: Path) -> None:
    result = ASKED[verb](machine(tmp_path, without_the_guard(LOCK)))
    with pytest.raises(Fails) as failed:
        result.assert_holds()
    assert result.verdicts["exclusive"].word == "refuted"
    assert result.verdicts["exclusive"].mark == "against"
    assert "1. acquire(" in str(failed.value)
    assert str(failed.value).startswith(f"{result.asked}: this does not hold\n")


def test_an_ending_is_a_result_too() -> None:
    terminate(peterson).assert_holds()


def test_what_is_undecided_does_not_pass() -> None:
    for undecided in (
        explore(two_phase, limit_states=100),
        prove(two_phase, Limit(1, 1)),
        prove(attrs.evolve(two_phase, lemmas=())),
    ):
        assert not undecided.failed
        with pytest.raises(Undecided, match=r"two_phase.*this was not decided"):
            undecided.assert_holds()


def test_of_what_nothing_is_claimed_nothing_holds(tmp_path: Path) -> None:
    lock = attrs.evolve(machine(tmp_path), always=(), sometimes=(), lemmas=())
    result = explore(lock)
    assert not result.failed
    with pytest.raises(Fails, match="nothing was checked"):
        result.assert_holds()


def test_states_that_were_not_looked_through_for_cases_decide_nothing() -> None:
    found = attrs.evolve(explore(two_phase), cases=None)
    assert isinstance(found, Exploration)
    assert found.undecided


PAGE: tuple[Block, ...] = (
    Line("all <of> it"),
    Line("against", "against"),
    Table.of(("name", "verdict"), [("a", "good"), ("longer", Line("bad [x]", "against"))]),
    Listing("a & b:", ("1. first", "     x: 0 -> 1")),
)


def test_a_page_is_plain_text() -> None:
    assert plain(PAGE).split("\n") == [
        "all <of> it",
        "against",
        "name    verdict",
        "a       good",
        "longer  bad [x]",
        "",
        "a & b:",
        "1. first",
        "     x: 0 -> 1",
    ]


def test_a_page_is_shown_on_a_terminal_with_its_marks() -> None:
    console = Console(width=60, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        show(PAGE, console)
    assert "\x1b[31magainst\x1b[0m" in captured.get()
    assert "\x1b[31mbad [x]\x1b[0m" in captured.get()


def test_a_page_is_shown_in_a_notebook() -> None:
    shown = html(PAGE)
    assert "<p>all &lt;of&gt; it</p>" in shown
    assert '<td style="color: #b00020">bad [x]</td>' in shown
    assert "<pre>1. first\n     x: 0 -&gt; 1</pre>" in shown


def test_a_result_is_a_table_in_a_notebook(tmp_path: Path) -> None:
    result = explore(machine(tmp_path))
    assert "<td>exclusive</td><td>exhaustive at Client=3</td>" in result._repr_html_()


def test_a_result_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explore(machine(tmp_path)).show()
    assert "exclusive      exhaustive at Client=3" in capsys.readouterr().out


def test_a_trace_is_a_diagram_in_a_notebook(tmp_path: Path) -> None:
    found = explore(machine(tmp_path, without_the_guard(LOCK)))
    shown = found.refuted["exclusive"]._repr_html_()
    assert "anybody" in shown.split("<pre>")[1]
    assert "|- 1. acquire(client1) -&gt;|" in shown.split("<pre>")[1]
    assert "holds[client1]: false -&gt; true" in shown.split("<pre>")[2]


class Both(Result):
    """What failed, and is undecided as well."""

    asked = "both"
    failed = True
    undecided = True
    verdicts: Mapping[str, Verdict] = {"it": Verdict("refuted", "refuted", "against")}

    def page(self) -> Iterator[Block]:
        yield Line("it")

    def json(self) -> dict[str, object]:
        return {}


def test_a_failure_is_said_before_what_is_undecided() -> None:
    with pytest.raises(Fails):
        Both().assert_holds()


def test_a_result_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="ask failed, undecided, assert_holds"):
        assert simulate(two_phase, runs=1)


def test_what_says_nothing_of_a_property_yet_does_not_hold() -> None:
    """To its depth nobody has committed, which is all that the property is about."""
    found = bound(two_phase, depth=1)
    assert (found.failed, found.undecided) == (False, False)  # it was looked as deep as was asked
    with pytest.raises(Undecided, match="says nothing yet"):
        found.assert_holds()


def test_a_proof_that_was_not_looked_through_for_cases_decides_nothing() -> None:
    found = attrs.evolve(prove(two_phase), possible=None)
    assert (found.failed, found.undecided) == (False, True)


def test_what_is_refuted_is_so_whatever_lemmas_are_looked_for(tmp_path: Path) -> None:
    lock = machine(tmp_path, LOCK.replace("s.holds.fill(False)", "s.holds.fill(True)"))
    found = strengthen(lock)
    assert found.failed
    with pytest.raises(Fails, match="refuted in 0 steps"):
        found.assert_holds()
