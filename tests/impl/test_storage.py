"""A storage keeps whatever it is given under whatever name, and nothing outside its folder."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impl.hardened.parties.memory import Memory
from impl.storage import Storage

ANY_TEXT = st.text(st.characters(categories=None))  # all there is, lone surrogates as well
PATHS = ["../../../x", "/x", "..", ".", "a", "a/b", "a/b/../b"]
HOSTILE = [*PATHS, "", "A", "x" * 300, "\0", "\ud800"]


@pytest.mark.usefixtures("no_power_is_lost")
@pytest.mark.parametrize("kind", [Storage, Memory])
@example(kept={name: str(number).encode() for number, name in enumerate(HOSTILE)})
@given(kept=st.dictionaries(ANY_TEXT | st.sampled_from(HOSTILE), st.binary()))
def test_what_is_kept_is_there_under_its_name_and_in_the_folder(
    kind: type[Storage], kept: dict[str, bytes]
) -> None:
    with TemporaryDirectory() as temporary:
        outside = Path(temporary)
        folder = outside / "a" / "b" / "c" / "d"
        for name, data in kept.items():
            kind(folder).put(name, data)
        again = kind(folder)  # as after a restart
        assert {name: again.get(name) for name in kept} == kept
        assert not any(again.missing(name) for name in kept)
        files = [path for path in outside.rglob("*") if path.is_file()]
        assert len(files) == len(kept)
        assert all(path.parent == folder for path in files)


def test_what_was_there_is_replaced_or_removed(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    storage.put("a/b", b"1")
    storage.put("a/b", b"2")
    assert storage.get("a/b") == b"2"
    storage.remove("a/b")
    assert storage.missing("a/b")
    storage.remove("a/b")


def test_what_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="party keeps nothing under c"):
        Storage(tmp_path / "party").get("c")


@pytest.mark.parametrize("kind", [Storage, Memory])
def test_what_is_no_file_is_not_there(tmp_path: Path, kind: type[Storage]) -> None:
    """What would be read for ever, such as a pipe, is not read."""
    kind(tmp_path).put("c", b"1")
    [path] = tmp_path.iterdir()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(KeyError, match="keeps nothing under c"):
        kind(tmp_path).get("c")


def test_what_is_kept_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the process would have others read otherwise."""
    before = os.umask(0)
    try:
        Storage(tmp_path / "party").put("key", b"secret")
    finally:
        os.umask(before)
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "party").rglob("*")]
    assert (modes, (tmp_path / "party").stat().st_mode & 0o777) == ([0o600], 0o700)
