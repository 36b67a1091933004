"""What chance found can be found again: by its seed, on whichever worker of pytest it was found."""

import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.walk import walk
from spec.textbook.peterson import peterson
from tallystick import simulate
from tests.support.command import ROOT
from tests.support.twin import Mistaken

PLANTED = """
from hypothesis import Phase, given, settings, strategies as st

@settings(phases=[Phase.generate], database=None)  # not shrunk, not remembered: any great numbers
@given(st.lists(st.integers(0, 2**16), min_size=50))
def test_few_numbers_are_great(numbers: list[int]) -> None:
    assert sum(numbers) < 1_000
"""

NUMBERS = f"NUMBERS = {[*range(1_000, 2_000)]}"
"""Source with as many constants as Hypothesis looks at."""


def test_a_failure_tells_how_it_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (tmp_path / "test_planted.py").write_text(PLANTED)

    def said(*options: str) -> tuple[set[str], set[str]]:
        """The blobs and the seeds that a run prints, some twice where `CI` is set."""
        command = [sys.executable, "-m", "pytest", "-q", *options]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stderr
        blobs = re.findall(r"@reproduce_failure\(.*?\)", ran.stdout)
        return set(blobs), set(re.findall(r"--hypothesis-seed=\d+", ran.stdout))

    blobs, [seed] = said("--numprocesses", "1")
    assert len(blobs) == 1
    (tmp_path / "full_of_numbers.py").write_text(NUMBERS)
    (tmp_path / "test_planted.py").write_text(f"import full_of_numbers\n{PLANTED}")
    assert said(seed) == (blobs, {seed})


# A seed replays what chance chose


def lockstep_run(drive: Callable[..., Any], seed: int) -> object:
    """What a run against a faulty implementation comes to."""
    found = drive(peterson, Setup(open=Mistaken), seed=seed)
    assert found.divergence
    return found.divergence.steps, found.tally


def simulated(seed: int) -> object:
    found = simulate(peterson, runs=50, depth=20, seed=seed)
    return found.taken, found.steps


CHANCE: Mapping[str, Callable[[int], object]] = {
    "fuzz": partial(lockstep_run, partial(fuzz, examples=300)),
    "walk": partial(lockstep_run, partial(walk, runs=200, steps=30)),
    "simulate": simulated,
}


@pytest.mark.parametrize("chance", CHANCE)
def test_a_seed_replays(chance: str) -> None:
    first, again, *others = (CHANCE[chance](seed) for seed in (3, 3, 4, 5))
    assert first == again
    assert any(other != first for other in others)


@pytest.mark.parametrize("chance", CHANCE)
def test_a_seed_replays_whatever_is_imported(
    chance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis looks for constants in it."""
    first = CHANCE[chance](3)
    (tmp_path / "full_of_numbers.py").write_text(NUMBERS)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("full_of_numbers")
    assert CHANCE[chance](3) == first
