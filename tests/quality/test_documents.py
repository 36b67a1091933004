"""Documents speak of files, modules, commands, options and machines that there are."""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
from cyclopts import App

from checkers.cli import VERBS
from checkers.market.subjects import SUBJECTS

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
CODE = (
    *("spec", "impl", "adversaries", "checkers", "tallystick"),
    *("tests", "benchmarks", "tools", "docs"),
)
PATH = re.compile(rf"`((?:{'|'.join(CODE)})/[\w./]*)`")
MODULE = re.compile(rf"`((?:{'|'.join(CODE)})\.[\w.]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:python -m |\.venv/bin/)?tallystick ([a-z]\w*)")
ROW = re.compile(r"^\| `([a-z]+(?: [A-Z[-][^`]*)?)` \| (.*) \|$", re.MULTILINE)
OPTION = re.compile(r"--[a-z-]+")
WHAT_WAS = re.compile(r"^\| .*? \|", re.MULTILINE)  # the first column of a table


def text(document: Path) -> str:
    """What a document says, less the names in the changelog by which something was called."""
    said = (ROOT / document).read_text()
    return WHAT_WAS.sub("", said) if document.name == "CHANGELOG.md" else said


def is_there(module: str) -> bool:
    """Whether a module, or what a module defines, is where its name says."""
    path = ROOT / module.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    home = next(
        (p for p in (path.parent.with_suffix(".py"), path.parent / "__init__.py") if p.is_file()),
        None,
    )
    return home is not None and re.search(rf"\b{path.name}\b", home.read_text()) is not None


def missing(document: Path) -> Iterator[str]:
    """What a document names, and is not there."""
    said = text(document)
    yield from (name for name in PATH.findall(said) if not (ROOT / name).exists())
    yield from (name for name in MODULE.findall(said) if not is_there(name))
    here = (ROOT / document).parent
    yield from (link for link in LINK.findall(said) if not (here / link).exists())


def test_there_are_documents() -> None:
    assert {Path("README.md"), Path("CHANGELOG.md")} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_what_a_document_names_is_there(document: Path) -> None:
    assert not list(missing(document))


def test_it_is_noticed_what_is_not_there(tmp_path: Path) -> None:
    document = tmp_path / "some.md"
    document.write_text(
        "`spec/no.py`, `spec/ledger.py`, `spec.no`, `spec.notation.Machine`, [](no.md)"
    )
    assert list(missing(document)) == ["spec/no.py", "spec.no", "no.md"]


def inline(said: str) -> list[str]:
    """What stands in a line as it is to be typed, or as it is called."""
    return re.findall(r"`([^`]+)`", FENCE.sub("", said))


def commands(document: Path) -> Iterator[str]:
    """What a document shows to be typed: each line of a block, and what stands in a line."""
    said = text(document)
    for language, block in FENCE.findall(said):
        yield from () if language else block.splitlines()
    yield from inline(said)


def functions(verb: str) -> Iterator[Callable[..., object]]:
    """What carries out a verb; of one that has verbs of its own, what carries out these."""
    command = getattr(import_module(f"checkers.cli.{verb}"), f"{verb}_command")
    for name in command if isinstance(command, App) else ():
        if function := command[name].default_command:
            yield function
    if not isinstance(command, App):
        yield command


def unknown(verb: str, said: str) -> list[str]:
    """The options that are said of a verb, and that it does not have; or the verb."""
    if verb not in VERBS:
        return [verb]
    names = [name for function in functions(verb) for name in signature(function).parameters]
    known = {f"--{name.strip('_').replace('_', '-')}" for name in names}
    return [option for option in OPTION.findall(said) if option not in known]


def not_understood(command: str) -> list[str]:
    """What a command names, and is not there."""
    if call := CALL.match(command):
        return unknown(call[1], command)
    if made := re.match(r"make ([a-z-]+)", command):
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return [made[1]] if made[1] not in targets else []
    if run := re.match(r"python -m ((?:benchmarks|tools)\.\w+)", command):
        return [run[1]] if not is_there(run[1]) else []
    return []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_what_a_document_has_people_type_is_understood(document: Path) -> None:
    assert not [name for command in commands(document) for name in not_understood(command)]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("tallystick prove MACHINE\n  --witnesses", []),
        (".venv/bin/tallystick prove MACHINE --depth 3", ["--depth"]),
        ("tallystick disprove MACHINE", ["disprove"]),
        ("make coffee", ["coffee"]),
        ("python -m benchmarks.coffee", ["benchmarks.coffee"]),
    ],
)
def test_it_is_noticed_what_is_not_understood(command: str, names: list[str]) -> None:
    assert not_understood(command) == names


def test_the_readme_tells_every_verb_and_no_other() -> None:
    rows = [(call.split()[0], call + said) for call, said in ROW.findall(text(Path("README.md")))]
    assert {verb for verb, _ in rows} == VERBS.keys()
    assert not [name for verb, said in rows for name in unknown(verb, said)]
    without = [verb for verb in VERBS if unknown(verb, "--json")]
    assert without == ["demo", "serve", "vectors"]


def test_the_readme_names_every_machine() -> None:
    assert SUBJECTS.keys() <= set(inline(text(Path("README.md"))))
