"""`tallystick leak`: experiments by name, their facts as JSON, and plots if something draws."""

import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import attrs
import pytest

from adversaries.leaking.coalitions import Pooled
from adversaries.leaking.copies import Fidelity
from adversaries.leaking.leakage import Case, Leakage, Row
from adversaries.leaking.table import EXPERIMENTS, Experiment
from adversaries.leaking.tolerance import Steered
from checkers.cli import FAILED, OK, USAGE
from checkers.market.leak import Leaks, legend, meanings, table
from checkers.market.plots import draw
from checkers.results.page import Line
from tests.support.command import result, run

ROW = Steered(vendor=1, tolerance=0.1, held_out=0.5, uniform=0.25, blind=0.125, noise=1e-7)


def stub(monkeypatch: pytest.MonkeyPatch, leakage: Leakage) -> None:
    """Have `tolerance` find something."""

    def measure(**_: object) -> Leakage:
        return leakage

    monkeypatch.setitem(EXPERIMENTS, "tolerance", Experiment("what is steered", measure, measure))


def test_facts_are_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    assert run("leak", "tolerance", "tolerance", "--json", path) == OK
    [found] = result(path)["leaks"]
    assert found["name"] == "tolerance"
    assert found["broken"] == []
    assert {row["tolerance"] for row in found["rows"]} > {0, 0.1}
    assert not result(path)["full"]
    shown = capsys.readouterr().out
    assert "honest noise" in shown
    assert "\n  tolerance: " in shown


def test_what_stands_in_a_cell_is_said_above_it() -> None:
    alike = Fidelity(1.0, 0.5, 0.25)
    case = Case(attack="a", requests=1, copy=None, black_box=alike)
    shown = table(Leakage([case], "it is"))
    assert shown.columns == ("attack", "requests", "copy", "black box: held-out / uniform, error")


def kinds(given: Sequence[type[Row]]) -> Iterator[type[Row]]:
    """Kinds of rows, and those that are made of them."""
    for kind in given:
        yield kind
        yield from kinds(kind.__subclasses__())


def test_every_column_of_every_experiment_is_explained() -> None:
    there = [*kinds(Row.__subclasses__())]
    assert {*there} > {Case, Steered}
    for kind in there:
        assert [*meanings(kind)] == [field.name for field in attrs.fields(kind)]
    alike = Fidelity(1.0, 0.5, 0.25)
    told = [*legend(Leakage([Case(attack="a", requests=1, copy=None, black_box=alike)], "it is"))]
    assert any("copy agrees; - if nothing runs that could be one" in line for line in told)
    headings = [line.partition(":")[0].strip() for line in told]
    assert headings == ["attack", "requests", "copy", "black box", "held out", "uniform", "error"]


def test_what_columns_are_is_said_once_and_without_names_of_the_code() -> None:
    """Of several columns of which the same is said, together; of a page, above the later tables."""
    for kind in kinds(Row.__subclasses__()):
        assert not [line for line in meanings(kind).values() if "`" in line or "_" in line]
    page = Leaks({name: Leakage([ROW], "it is") for name in ("tolerance", "coalitions")}).page()
    lines = [str(block) for block in page if isinstance(block, Line)]
    assert sum(line.startswith("  tolerance: ") for line in lines) == 1
    alike = Fidelity(1.0, 0.5, 0.25)
    pooled = Pooled(
        attack="a", requests=1, copy=None, black_box=alike, cut=(1,), coalition=(1,), account=True,
        broad=True, solved=(), trained=(), unseen=(), exact=True, lawful=True,
    )  # fmt: skip
    told = [*legend(Leakage([pooled], "it is"))]
    assert "  solved, trained, unseen: the other parts, by what becomes of them." in told


def test_what_breaks_its_law_or_measured_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for rows, broken in (([ROW], ["vendor 1 steers"]), ([], [])):
        stub(monkeypatch, Leakage(rows, "an upshot", broken))
        assert run("leak", "tolerance") == FAILED
        assert all(line in capsys.readouterr().out for line in broken)
    stub(monkeypatch, Leakage([ROW], "an upshot"))
    assert run("leak", "tolerance") == OK


def test_help_lists_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("leak", "--help") == OK
    shown = capsys.readouterr().out
    assert all(name in shown for name in EXPERIMENTS)


def test_an_unknown_name_is_refused_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("leak", "charm") == USAGE
    said = capsys.readouterr().err
    assert said.startswith("tallystick: there is no leak charm; there are coalitions, ")
    assert said.count("\n") == 1


def test_plots_are_refused_before_the_work_where_nothing_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checkers.cli.common.find_spec", lambda name: None)
    for module in ("leak", "gain", "plots"):  # importing these takes seconds
        monkeypatch.setitem(sys.modules, f"checkers.market.{module}", None)
    for verb in ("leak", "gain"):
        assert run(verb, "--plots", tmp_path / "plots") == USAGE
        assert "plots need matplotlib" in capsys.readouterr().err
    assert not (tmp_path / "plots").exists()


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="nothing draws")
def test_a_plot_shows_every_row_and_share_and_is_the_same_again(tmp_path: Path) -> None:
    leakage = Leakage([ROW], "an upshot")
    one, other = (draw("tolerance", leakage, tmp_path / name) for name in ("one", "other"))
    assert one.name == "tolerance.svg"
    assert one.read_bytes() == other.read_bytes()
    assert all(f"<!-- {words} -->" in one.read_text() for words in (str(ROW), *ROW.shares))
