"""Documents speak of files and modules that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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
