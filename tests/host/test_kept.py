"""Bytes kept between processes: only one's own, only as they were written, never too many."""

import os
from pathlib import Path

import pytest

from checkers.host import kept


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tallystick"


def test_what_is_kept_is_recalled_as_it_was(folder: Path) -> None:
    assert kept.recall("name") is None
    for content in (b"", b"some", b"other"):
        kept.keep("name", content)
        assert kept.recall("name") == content
    assert [file.name for file in folder.iterdir()] == ["name"]
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("at", [0, 31, 32, -1])
def test_what_was_altered_is_not_recalled(folder: Path, at: int) -> None:
    kept.keep("name", b"content")
    content = bytearray((folder / "name").read_bytes())
    content[at] ^= 1
    (folder / "name").write_bytes(content)
    assert kept.recall("name") is None


def test_what_is_moved_to_another_name_is_not_recalled(folder: Path) -> None:
    kept.keep("name", b"content")
    (folder / "name").rename(folder / "other")
    assert kept.recall("other") is None


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_nothing_is_taken_from_a_folder_that_others_can_write_to(folder: Path, mode: int) -> None:
    kept.keep("name", b"content")
    folder.chmod(mode)
    assert kept.recall("name") is None
    kept.keep("more", b"content")
    assert [file.name for file in folder.iterdir()] == ["name"]


def test_nothing_is_taken_from_a_folder_of_somebody_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep("name", b"content")
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert kept.recall("name") is None


def test_nothing_is_taken_from_where_a_link_leads(folder: Path) -> None:
    kept.keep("name", b"content")
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    assert kept.recall("name") is None


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: str, **folders: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    kept.keep("name", b"content")
    assert not list(folder.iterdir())


def test_what_cannot_be_written_to_can_be_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_read_only(*paths: object, **folders: int) -> int:
        raise OSError(30, "Read-only file system")

    kept.keep("name", b"content")
    monkeypatch.setattr(os, "utime", is_read_only)
    assert kept.recall("name") == b"content"


def test_who_has_no_home_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    kept.keep("name", b"content")
    assert kept.recall("name") is None
    assert not Path("relative").exists()


def test_what_was_not_used_for_longest_is_forgotten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST", 4)
    for number in range(4):
        kept.keep(str(number), b"content")
        os.utime(folder / str(number), (number, number))
    assert kept.recall("0") == b"content"  # used now
    kept.keep("4", b"content")
    assert sorted(file.name for file in folder.iterdir()) == ["0", "4"]
