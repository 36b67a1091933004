"""A failure of Hypothesis can be replayed, on whichever worker of pytest it was found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT

PLANTED = """
from hypothesis import Phase, given, settings, strategies as st

@settings(phases=[Phase.generate], database=None)  # not shrunk, not remembered: any great number
@given(st.integers())
def test_every_number_is_small(n: int) -> None:
    assert n < 1_000
"""


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
    assert said(seed) == (blobs, {seed})
