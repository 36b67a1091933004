"""The engines and the oracle agree on random protocols, and on those on which they once did not."""

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from checkers.explore.columns import Columns, Successors
from spec.notation import MachineError
from spec.notation.batch import Mask, Step, Words
from tests.support.command import ROOT
from tests.support.machines.campaign import compare, read_log, summary, told
from tests.support.machines.compare import COMPARISONS
from tests.support.machines.generate import generate
from tests.support.machines.noticed import KEPT
from tests.support.machines.oracle.cells import TooLarge
from tests.support.machines.shrink import shrink
from tests.support.selection import some_full

CAMPAIGN = Path(__file__).parent / "campaign"


def agree(seeds: range) -> None:
    lines = [told(seed) for seed in seeds]
    assert [line for line in lines if line.get("wrong")] == []
    assert sum("wrong" in line for line in lines) > len(lines) / 2  # others are refused, or large


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_the_engines_agree_with_the_oracle(first: int) -> None:
    agree(range(first, first + 10))


@pytest.mark.parametrize("comparison", some_full(COMPARISONS, ["numba"]))
def test_every_comparison_compares(comparison: str) -> None:
    """What refuses every protocol agrees with everything."""
    assert any(decided(seed, comparison) for seed in range(40))


def decided(seed: int, comparison: str) -> bool:
    try:
        said = compare(generate(seed).text, seed, [comparison])
    except (MachineError, TooLarge):
        return False
    return bool({*said.verdicts[comparison]} - {"refused"})


@pytest.mark.full
@pytest.mark.parametrize("first", range(40, 300, 20))
def test_the_engines_agree_with_the_oracle_on_many(first: int) -> None:
    agree(range(first, first + 20))


@pytest.mark.parametrize("comparison", some_full(COMPARISONS, ["numba"]))
@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_came_out_wrong_does_not(path: Path, comparison: str) -> None:
    assert compare(path.read_text(), 0, [comparison]).wrong == {}


# That the engines agree says something: where one is broken, they do not.


def _one_step_short(self: Columns[object], words: Words) -> Successors:
    self.batch.steps[1:] = []
    return _expand(self, words)


def _past_the_size(step: Step[object], words: Words) -> Mask:
    return step.guarded(words)


_expand = Columns.expand


@pytest.mark.parametrize(
    ("thing", "name", "broken"),
    [(Columns, "expand", _one_step_short), (Step, "allowed", _past_the_size)],
    ids=["steps are left out", "steps past a size are taken"],
)
def test_a_broken_engine_is_found_out(
    monkeypatch: pytest.MonkeyPatch, thing: type, name: str, broken: object
) -> None:
    monkeypatch.setattr(thing, name, broken)
    assert any(wrong_of(seed) for seed in range(20))


def wrong_of(seed: int) -> object:
    return told(seed).get("wrong")


def test_the_same_seed_gives_the_same_protocol() -> None:
    assert generate(7) == generate(7)
    assert generate(7).text != generate(8).text


def test_a_text_shrinks_to_what_it_is_kept_for() -> None:
    text = generate(7).text
    assert shrink(text, lambda smaller: "Machine(" in smaller).split() == ["Machine()"]


def test_the_kept_campaign_found_nothing_and_compared_everything() -> None:
    lines = read_log(CAMPAIGN)
    told = json.loads((CAMPAIGN / "summary.json").read_text())
    assert told == json.loads(json.dumps(summary(lines)))
    assert [line["seed"] for line in lines] == [*range(len(lines))]
    assert len(lines) > 20_000
    assert "disagreement" not in told["outcomes"]
    pairs = combinations(sorted(COMPARISONS), 2)
    assert [pair for pair in pairs if told["pairs"].get(" and ".join(pair), 0) < 500] == []
    assert told["machines on which each decided"]["numba"] > len(lines) / 20


def test_a_campaign_can_be_gone_on_with(tmp_path: Path) -> None:
    def campaign(machines: int) -> dict[str, object]:
        command = [sys.executable, "-m", "tests.support.machines.campaign", str(tmp_path)]
        command += ["--machines", str(machines)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        summary: dict[str, object] = json.loads((tmp_path / "summary.json").read_text())
        return summary

    assert campaign(2)["machines"] == 2
    first = read_log(tmp_path)
    assert campaign(4)["machines"] == 4
    assert read_log(tmp_path)[:2] == first
