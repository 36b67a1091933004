"""What documents and users import is there, is what it is said to be, and costs nothing before."""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

import tallystick
from spec.textbook.two_phase import two_phase
from tallystick import MachineError, explore
from tests.support.command import LOCK, PROOF, ROOT, TEST

TEXT = Path(tallystick.__file__).read_text()


def imported(text: str) -> dict[str, str]:
    """The names that a text imports, each with the module that it is from."""
    return {
        alias.name: node.module or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_readmes_script_proves_and_its_test_passes(tmp_path: Path) -> None:
    for name, text in (("lock.py", LOCK), ("prove_lock.py", PROOF), ("test_lock.py", TEST)):
        (tmp_path / name).write_text(text)
    for command in (["prove_lock.py"], ["-m", "pytest", "-q", "-p", "no:cacheprovider"]):
        ran = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "exclusive" in ran.stdout or "2 passed" in ran.stdout


def test_what_is_imported_later_is_what_type_checkers_read() -> None:
    [typed] = [
        node
        for node in ast.parse(TEXT).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    assert imported(ast.unparse(typed)) == tallystick._LATER


@pytest.mark.parametrize("name", tallystick.__all__)
def test_everything_public_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(tallystick, name).__doc__
    assert name in dir(tallystick)


def test_no_exploration_leaves_out_states_and_calls_itself_exhaustive() -> None:
    assert "within" not in tallystick.Options.__annotations__
    assert "within" not in inspect.signature(explore).parameters


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(AttributeError, match="tallystick has no proof"):
        tallystick.proof  # noqa: B018


def test_a_protocol_imports_no_engine(tmp_path: Path) -> None:
    (tmp_path / "lock.py").write_text(LOCK)
    told = "import sys, lock; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", told],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    names = ran.stdout.split()
    assert "spec.notation" in names
    assert not {"numpy", "z3", "hypothesis", "checkers.explore"} & set(names)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"engine": "numbaa"}, "there is no engine numbaa; there are numpy, numba"),
        ({"until": ["consistant"]}, "two_phase has no property consistant; it has consistent,"),
        ({"until": "consistent"}, "two_phase has no property c; it has consistent,"),
    ],
)
def test_what_is_misspelt_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(MachineError, match=said):
        explore(two_phase, **asked)


@pytest.mark.parametrize("size", [0, 3.0, True, "3"])
def test_a_size_is_a_whole_number(size: Any) -> None:  # Any: as a user without mypy
    with pytest.raises(MachineError, match="a size is a whole number of 1 or more"):
        two_phase.scope(Manager=size)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sizes": [3]}, r"sizes are given by sort, as in sizes={Client: 3}, not as \[3\]"),
        ({"ending": "soon"}, r"ending is given as ending=Ending\(...\), not as 'soon'"),
        ({"secrecy": 1}, r"secrecy is given as secrecy=Secrecy\(...\), not as 1"),
    ],
)
def test_a_machine_is_made_of_what_it_takes(given: dict[str, Any], said: str) -> None:
    with pytest.raises(MachineError, match=said):
        attrs.evolve(two_phase, **given)


def test_drivers_find_their_setup_where_it_was() -> None:
    from checkers.lockstep import Setup

    assert Setup is tallystick.Setup
