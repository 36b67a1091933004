"""What documents and users import is there, is what it is said to be, and costs nothing before."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import tallystick
from tests.support.command import LOCK, ROOT

TEXT = Path(tallystick.__file__).read_text()


def imported(text: str) -> dict[str, str]:
    """The names that a text imports, each with the module that it is from."""
    return {
        alias.name: node.module or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


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
    assert "within" not in inspect.signature(tallystick.explore).parameters


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
