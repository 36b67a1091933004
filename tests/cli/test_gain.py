"""`tallystick gain`: what pays, what stops it, and bad input in one line."""

from importlib.util import find_spec
from pathlib import Path

import attrs
import pytest

from adversaries.gaining.bonds import Deal
from adversaries.gaining.griefs import GRIEFS, Nuisance
from checkers.cli import FAILED, OK, USAGE
from checkers.market import gain as gaining
from checkers.market.gain import SCHEMES, gain
from checkers.market.plots import draw_stakes
from tests.support.command import result, run

FINE = Nuisance(5, 0, 4, (5, 0, 16))
CALLS = 10_000


@pytest.fixture
def _played(monkeypatch: pytest.MonkeyPatch) -> None:
    """No market lives."""
    monkeypatch.setattr(gaining, "_played", lambda *_: FINE)


@pytest.mark.usefixtures("_played")
def test_what_pays_is_told_with_what_stops_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    assert run("gain", "--json", path) == OK
    found = {each["name"]: each for each in result(path)["gains"]}
    assert found.keys() == SCHEMES.keys()
    assert result(path)["deal"] == attrs.asdict(Deal())
    for each in found.values():
        pays = each["expected"] > 0
        assert pays == (each["stake"] is None or each["stake"] > result(path)["deal"]["stake"])
    said = capsys.readouterr().out
    assert "pays" in said
    assert all(name in said for name in GRIEFS)


@pytest.mark.usefixtures("_played")
def test_each_stops_at_the_least_that_is_said() -> None:
    for name, found in gain(calls=CALLS).gains.items():
        for what in ("stake", "audited", "knowing"):
            least = getattr(found, what)
            if least is not None and least < (1 if what != "stake" else least + 1):
                changed = {what: min(1.0, 1.001 * least) if what != "stake" else least + 0.001}
                assert gain(**changed, calls=CALLS).gains[name].expected <= 0


@pytest.mark.usefixtures("_played")
@pytest.mark.parametrize("calls", [1, 10, CALLS])
@pytest.mark.parametrize("audited", [0, 1e-6, 0.25, 1])
def test_few_calls_and_rare_audits_are_no_fault(calls: int, audited: float) -> None:
    gain(audited=audited, calls=calls).assert_holds()


def test_what_is_off_the_law_or_beyond_its_bounds_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    for beyond in (attrs.evolve(FINE, cost=4), attrs.evolve(FINE, harm=1)):
        monkeypatch.setattr(gaining, "_played", lambda *_, beyond=beyond: beyond)
        assert gain(calls=CALLS).failed
    monkeypatch.setattr(gaining, "_played", lambda *_: FINE)
    assert not gain(calls=CALLS).failed
    monkeypatch.setattr(gaining, "expected", lambda *_: 7.5)
    assert gain(calls=CALLS).failed
    assert run("gain") == FAILED


@pytest.mark.parametrize(
    ("option", "given"), [("--audited", 2), ("--knowing", -1), ("--stake", -1), ("--stake", "inf")]
)
def test_what_is_no_share_or_stake_is_refused_in_a_line(
    option: str, given: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("gain", option, given) == USAGE
    said = capsys.readouterr().err
    assert f"for {option}. Must be " in said
    assert option.strip("-") in said
    assert said.count("\n") == 1


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="nothing draws")
def test_a_plot_of_stakes_is_the_same_again_and_another_for_another_deal(tmp_path: Path) -> None:
    one, other, dear = (
        draw_stakes(deal, tmp_path / name).read_bytes()
        for name, deal in (("one", Deal()), ("other", Deal()), ("dear", Deal(stake=90)))
    )
    assert one == other
    assert one != dear
