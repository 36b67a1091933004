"""The reference has all that is public, and whatever is wrong with it is noticed."""

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

from tools.reference import PUBLIC, Broken, write

ROOT = Path(__file__).parent.parent.parent


def public(module: str) -> Iterator[tuple[str, str | None]]:
    """The classes and functions that a module has for others, and their methods: name, docstring.

    They are looked at as they are written: a property that is kept loses its docstring in a class
    with slots.
    """
    there = vars(import_module(module))
    own = [name for name, thing in there.items() if getattr(thing, "__module__", "") == module]
    for name in there.get("__all__", (name for name in own if not name.startswith("_"))):
        if inspect.isclass(there[name]) or inspect.isfunction(there[name]):
            [written] = ast.parse(dedent(inspect.getsource(there[name]))).body
            assert isinstance(written, ast.ClassDef | ast.FunctionDef)
            yield name, ast.get_docstring(written)
            for method in written.body if isinstance(written, ast.ClassDef) else ():
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                    yield f"{name}.{method.name}", ast.get_docstring(method)


@pytest.mark.parametrize("module", PUBLIC)
def test_all_that_is_public_says_what_it_is(module: str) -> None:
    assert not [name for name, said in public(module) if not said]


def test_methods_and_properties_are_looked_at() -> None:
    names = {name for name, _ in public("spec.notation")}
    assert {"Machine", "Machine.apply", "Machine.sorts", "forall"} <= names


@pytest.mark.full
def test_the_reference_is_made_without_a_warning(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tools/reference.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    for module in PUBLIC:
        page = (tmp_path / module.replace(".", "/")).with_suffix(".html").read_text()
        places = set(re.findall(r'id="([^"]+)"', page))
        assert {name for name, _ in public(module)} <= places
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
    (tmp_path / f"{name}.py").write_text(f'"""Some."""\n\n{text}')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises((Broken, UserWarning), match=said):
        write(tmp_path / "out", [name])
