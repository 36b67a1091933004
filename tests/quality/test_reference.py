"""The reference has all that is public, and whatever is wrong with it is noticed."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

import tallystick
from tallystick import parts
from tools.reference import ROOT, Broken, write


def public(*rooms: ModuleType) -> Iterator[tuple[str, str | None]]:
    """The public classes and functions, and the methods that they are the first to have.

    Each with its docstring, as written: a property that is kept loses it in a class with slots.
    """
    for name, thing in ((name, getattr(room, name)) for room in rooms for name in room.__all__):
        [written] = ast.parse(dedent(inspect.getsource(thing))).body
        assert isinstance(written, ast.ClassDef | ast.FunctionDef)
        yield name, ast.get_docstring(written)
        if isinstance(written, ast.ClassDef):
            known = {known for base in thing.__mro__[1:] for known in vars(base)}
            for method in (node for node in written.body if isinstance(node, ast.FunctionDef)):
                if not method.name.startswith("_") and method.name not in known:
                    yield f"{name}.{method.name}", ast.get_docstring(method)


def test_all_that_is_public_says_what_it_is() -> None:
    assert not [name for name, said in public(tallystick, parts) if not said]


def test_methods_and_properties_are_looked_at() -> None:
    names = {name for name, _ in public(tallystick)}
    assert {"Machine.apply", "Machine.sorts", "Result.assert_holds", "forall"} <= names


@pytest.mark.full
def test_the_reference_is_made_without_a_warning(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tools.reference", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    for room in (tallystick, parts):
        page = (tmp_path / f"{room.__name__.replace('.', '/')}.html").read_text()
        places = set(re.findall(r'id="([^"]+)"', page))
        assert {name for name, _ in public(room)} <= places
        assert set(re.findall(r'href="#([^"]+)"', page)) <= places


ANNOTATED = 'def f(x: "Nothing") -> None:\n    """Some."""\n'
NAMING = 'from spec.notation import forall\n\ndef f() -> None:\n    """As `f` or `forall`."""\n'


@pytest.mark.parametrize(
    ("text", "said"), [(ANNOTATED, "'Nothing' is not"), (NAMING, r"f names forall")]
)
def test_what_is_wrong_with_a_docstring_ends_it(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"wrong_{len(text)}"
    (tmp_path / f"{name}.py").write_text(f'"""Some."""\n\n__all__ = ["f"]\n\n{text}')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises((Broken, UserWarning), match=said):
        write([name], tmp_path / "out")
