"""Authors' files: found wherever they lie, each once, and told in one line if they are at fault."""

import importlib
import os
import sys
from pathlib import Path

import pytest

import spec.bisection
from checkers.cli import OK, USAGE
from checkers.naming.loading import load, raised_at, unload
from spec.notation import MachineError
from tests.support.command import DRIVER, LOCK, ROOT, run

SORT = LOCK[LOCK.index("class Client") : LOCK.index("@state")]
FEW = ("--examples", "3", "--steps", "5", "--seed", "0")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, which is not on Python's path, as of the installed command."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, *parts: str) -> str:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(parts))
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What is said of something that is refused."""
    assert run(*arguments) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tallystick: ")
    assert said.err.count("\n") == 1
    return said.err.removeprefix("tallystick: ").strip()


def split(folder: str) -> None:
    """The lock in two files, of which one has its sort; and its driver, which has the same sort."""
    write(f"{folder}/sorts.py", "from spec.notation import Sort\n", SORT)
    write(f"{folder}/lock.py", "from sorts import Client", LOCK.replace(SORT, ""))
    checks = "assert lock.sorts == [Client] and Client is Other"
    imports = ("from lock import Client, lock", "from sorts import Client as Other", checks)
    write(f"{folder}/driver.py", *imports, DRIVER)


def test_a_file_imports_those_beside_it_and_shares_them(here: Path) -> None:
    split("mine")
    before = list(sys.path)
    assert run("explore", "mine/lock.py:lock") == OK
    assert run("fuzz", "mine/lock.py:lock", "--against", "mine/driver.py:setup", *FEW) == OK
    assert run("fuzz", here / "mine/lock.py:lock", "--against", "mine/driver.py:setup", *FEW) == OK
    assert sys.path == before
    assert "sorts" not in sys.modules
    assert not list(here.rglob("__pycache__"))


def test_a_module_is_found_in_the_working_folder() -> None:
    split(".")
    assert run("explore", "lock:lock") == OK
    assert run("fuzz", "lock:lock", "--against", "driver:setup", *FEW) == OK
    assert run("fuzz", "lock:lock", "--against", "./driver.py:setup", *FEW) == OK


def test_a_package_is_imported_as_one() -> None:
    split("mine")
    for file in ("mine", "mine/inner"):
        write(f"{file}/__init__.py")
    write("mine/inner/lock.py", "from ..sorts import Client", LOCK.replace(SORT, ""))
    assert run("explore", "mine/inner/lock.py:lock") == OK
    assert run("explore", "mine.inner.lock:lock") == OK


@pytest.mark.parametrize("stem", ["json", "numpy", "spec", "lock", "my-lock", "a.b", "checkers"])
def test_a_file_may_be_called_anything(stem: str) -> None:
    """It takes the place of no module that others import, and of no other file."""
    before = dict(sys.modules)
    protocol, driver = write(f"one/{stem}.py", LOCK), write(f"two/{stem}.py", DRIVER)
    assert run("explore", f"{protocol}:lock") == OK
    assert run("fuzz", f"{protocol}:lock", "--against", f"{driver}:setup", *FEW) == OK
    assert all(sys.modules[name] is module for name, module in before.items())


def test_a_file_that_was_changed_is_read_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """Even if it was changed in the same second, to the same length."""
    path = write("lock.py", LOCK)
    assert run("explore", f"{path}:lock") == OK
    assert "lock at Client=3:" in capsys.readouterr().out
    write("lock.py", LOCK.replace("Client: 3", "Client: 4"))
    assert run("explore", f"{path}:lock") == OK
    assert "lock at Client=4:" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["import token", "from token import Client", "import token as t"])
def test_a_file_that_is_hidden_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("mine/token.py", "class Client: ...")
    write("mine/lock.py", "import enum", line, LOCK)
    said = refused(capsys, "explore", "mine/lock.py:lock")
    assert said.startswith("mine/lock.py:2: token is Python's own here, which hides mine/token.py;")
    write("mine/lock.py", "import enum", "import between", LOCK)
    write("mine/between.py", line)
    assert refused(capsys, "explore", "mine/lock.py:lock").startswith("mine/between.py:1: token")
    write("token.py", LOCK)
    assert "hides token.py" in refused(capsys, "explore", "token:lock")
    assert run("explore", "token.py:lock") == OK


@pytest.mark.parametrize("path", ["json.py", "my-lock.py", "lock.py"])
def test_a_file_is_one_module(path: str, here: Path) -> None:
    write(path, LOCK)
    assert load(path) is load(str(here / path))
    assert load(str(ROOT / "spec/bisection.py")) is spec.bisection
    unload()


def test_what_is_meant_elsewhere_hides_nothing() -> None:
    """A package that is installed is meant where only it has the module that is asked for."""
    write("mine/spec.py", "")
    write("mine/lock.py", LOCK)
    assert run("explore", "mine/lock.py:lock") == OK


def test_files_of_one_name_in_two_folders_are_not_mixed_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("one/names.py", "")
    write("two/names.py", "")
    write("one/lock.py", "import names", LOCK)
    write("two/driver.py", "import names", DRIVER)
    said = refused(capsys, "fuzz", "one/lock.py:lock", "--against", "two/driver.py:setup")
    assert said.startswith("two/driver.py:1: names is one/names.py here, which hides two/names.py")


FAULTS = {
    "def broken(:": "lock.py:2: invalid syntax",
    "1 / 0": "lock.py:2: ZeroDivisionError: division by zero",
    "import nothing_of_the_kind": "lock.py:2: there is no module nothing_of_the_kind",
    "raise SystemExit(0)": "lock.py:2: SystemExit: 0",
    "raise SystemExit('a\\nb')": "lock.py:2: SystemExit: a b",
    "raise type('Odd', (BaseException,), {})('end')": "lock.py:2: Odd: end",
    "import between": "between.py:1: NameError: name 'lost' is not defined",
    "Sort.parse()": "lock.py:2: NameError",
    "x = '\\0'": "lock.py: source code string cannot contain null bytes",
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_is_told_with_its_file_and_line(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("between.py", "lost()")
    write("lock.py", "", line.replace("\\0", "\0"), LOCK)
    assert refused(capsys, "explore", "lock.py:lock").startswith(FAULTS[line])


BYTES = {
    "in a comment": (f"{LOCK}# caf".encode() + b"\xe9\n", LOCK.count("\n") + 1, "0xe9"),
    "in a first line": (b"# caf\xe9\n" + LOCK.encode(), 1, "0xe9"),
    "in a text": (b"\nx = 'caf\xe9'\n" + LOCK.encode(), 2, "0xe9"),
    "of another encoding": (LOCK.encode("utf-16"), 1, "0xff"),
}
"""Files that are no UTF-8, each with the line and the byte."""


@pytest.mark.parametrize("text", BYTES)
def test_a_file_that_is_no_utf_8_is_told_with_its_line(
    text: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, line, byte = BYTES[text]
    (here / "lock.py").write_bytes(content)
    said = f"lock.py:{line}: the byte {byte} here is no UTF-8; save the file as UTF-8"
    assert refused(capsys, "explore", "lock.py:lock") == said


def test_python_finds_no_protocol_that_is_no_utf_8(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "lock.py").write_bytes(BYTES["in a comment"][0])
    monkeypatch.syspath_prepend(here)
    with pytest.raises(MachineError, match="the byte 0xe9 here is no UTF-8"):
        importlib.import_module("lock")


def test_a_file_may_name_its_encoding(here: Path) -> None:
    (here / "lock.py").write_bytes(f"# coding: latin-1\n{LOCK}# caf\xe9\n".encode("latin-1"))
    assert run("explore", "lock.py:lock") == OK


PLACED = {
    "Python cannot read it": ("class Client", "class (Client"),
    "it raises something": ("class Client", "1 / 0\n\n\nclass Client"),
    "it holds no text": ("class Client", "\0class Client"),
    "it is no UTF-8": ("class Client", "# \xe9\nclass Client"),
    "a state is none": ("    held: bool", "    held: int"),
    "an action is none": ("c: Client) -> None", "c: int) -> None"),
    "a text is not in the notation": ("not_(s.held)", "s.held is False"),
    "a property says nothing": ("return exists(Client, lambda c: s.holds[c])", "s.held"),
    "a machine is none": ("always=(exclusive,)", "always=(exclusive, exclusive)"),
}
"""Faults of a protocol that are found in various rooms, each as a change of the lock."""


@pytest.mark.parametrize("fault", PLACED)
def test_a_file_is_named_from_where_people_are(
    fault: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it was asked for, whoever finds the fault."""
    (here / "mine").mkdir()
    (here / "mine/lock.py").write_bytes(LOCK.replace(*PLACED[fault]).encode("latin-1"))
    for name in ("mine/lock.py:lock", "./mine/lock.py:lock", here / "mine/lock.py:lock"):
        assert refused(capsys, "explore", name).startswith("mine/lock.py:")
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    said = refused(capsys, "explore", here / "mine/lock.py:lock")
    assert said.startswith(f"{here / 'mine/lock.py'}:")


def test_what_an_authors_function_raises_later_is_told_so_too(here: Path) -> None:
    lost = load(write("lost.py", "def lost():", "    return {}['lost']")).lost
    with pytest.raises(KeyError) as raised:
        lost()
    assert raised_at(raised.value) == (str(here / "lost.py"), 2)
    with pytest.raises(TypeError) as raised_in_test:
        len(3)  # type: ignore[arg-type]  # to raise it
    assert raised_at(raised_in_test.value) is None
    unload()


NAMES = {
    "lock.py:lok": "lock.py has no lok (did you mean lock?); there is the Machine lock",
    "lock.py:": "lock.py: names nothing in lock.py; there is the Machine lock",
    "lock.py": "lock.py is a file; name what is meant in it, as lock.py:NAME",
    "lock.py:Client": "lock.py:Client is the class Client, where a Machine is wanted",
    "driver.py:setup": "driver.py:setup is a Setup, where a Machine is wanted",
    "lock": "lock names no machine: it is none of basic,",
    "mine/lock:lock": "mine/lock is no module; the name of a file ends in .py",
    "nothing:lock": "nothing: there is no module nothing, installed or in the same folder",
    ":lock": "'' is no module",
    "..lock:lock": "'..lock' is no module",
    "nothing.py:lock": "there is no file nothing.py",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none_is_told_with_what_there_is(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("lock.py", LOCK)
    write("driver.py", DRIVER)
    assert refused(capsys, "explore", name).startswith(NAMES[name])


def test_a_machine_is_no_driver(capsys: pytest.CaptureFixture[str]) -> None:
    write("lock.py", LOCK)
    said = refused(capsys, "fuzz", "lock.py:lock", "--against", "lock.py:lock")
    assert said == (
        "lock.py:lock is a Machine, where a Setup is wanted; in lock.py, there is no Setup"
    )


SIZES = {
    "Client=0": "a size is a whole number",
    "Client=-1": "a size is a whole number",
    "Client=x": "a size is a whole number",
    "Client=": "a size is a whole number",
    f"Client={'9' * 5000}": "a size is a whole number",
    "Client": "give a sort and a number",
    "Guest=2": "lock has no sort Guest; it has Client",
    "self=2": "lock has no sort self; it has Client",
    "Client=999999999999999999": "give smaller sizes",
}


@pytest.mark.parametrize("size", SIZES)
def test_a_size_that_is_none_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("lock.py", LOCK)
    said = refused(capsys, "explore", "lock.py:lock", "--size", size)
    assert SIZES[size] in said
    assert len(said) < 200


def test_a_sort_has_one_size(capsys: pytest.CaptureFixture[str]) -> None:
    write("lock.py", LOCK)
    twice = ("--size", "Client=2", "--size", "Client=3")
    assert "has a size already" in refused(capsys, "explore", "lock.py:lock", *twice)


def test_a_module_of_a_package_is_read_from_its_source(tmp_path: Path) -> None:
    """Python keeps what it has compiled, and takes a file of the same length and time for it."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    file = package / "stock.py"
    for number in (7, 3):
        file.write_text(f"NUMBER = {number}\n")
        os.utime(file, (1_000_000_000, 1_000_000_000))
        assert number == load(str(file)).NUMBER
        unload()


def test_what_a_module_of_a_package_raises_is_told_with_its_line(tmp_path: Path) -> None:
    package = tmp_path / "shelf"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "stock.py").write_text("NUMBER = 1\nNUMBER.more\n")
    with pytest.raises(MachineError, match=r"stock.py:2: AttributeError"):
        load(str(package / "stock.py"))
    unload()
