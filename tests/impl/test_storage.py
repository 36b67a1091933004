"""A storage keeps whatever it is given under whatever name, and nothing outside its folder."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from errno import ENOSPC
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import impl.storage
from impl.database import note, noted
from impl.hardened.parties.memory import Memory
from impl.storage import FILE, MOST, Storage
from tests.support.killed import killed_after
from tests.support.moved import MOVES, put_back

ANY_TEXT = st.text(st.characters(categories=None))  # all there is, lone surrogates as well
PATHS = ["../../../x", "/x", "..", ".", "a", "a/b", "a/b/../b"]
ODD = [*PATHS, "", "A", "x" * 300, "\0", "\ud800"]
HOSTILE = [*ODD, *(f"key{name}" for name in ODD)]
LOG = f"{FILE}-wal"
FILES = {FILE, LOG, f"{FILE}-shm", f"{FILE}.lock"}


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
        for begin in ("", *(name[:-1] for name in kept)):
            begins = {n for n in kept if n.startswith(begin) and not n.startswith("key")}
            assert {*again.names(begin)} == begins
        files = [path for path in outside.rglob("*") if path.is_file()]
        assert all(path.parent == folder for path in files)
        keys = [name for name in kept if name.startswith("key")]
        assert len({path.name for path in files} - FILES) == len(keys)


def test_what_was_there_is_replaced_or_removed(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    storage.put("a/b", b"1")
    storage.put("a/b", b"2")
    assert storage.get("a/b") == b"2"
    assert storage.names("a/") == ["a/b"]
    storage.remove("a/b")
    assert storage.missing("a/b")
    assert not storage.names("a/")
    storage.remove("a/b")


def test_what_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="party keeps nothing under c"):
        Storage(tmp_path / "party").get("c")


@pytest.mark.parametrize("kind", [Storage, Memory])
def test_a_key_that_is_no_file_is_not_there(tmp_path: Path, kind: type[Storage]) -> None:
    """What would be read for ever, such as a pipe, is not read."""
    kind(tmp_path).put("key", b"1")
    [path] = tmp_path.iterdir()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(KeyError, match="keeps nothing under key"):
        kind(tmp_path).get("key")


def put_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def put_link(path: Path) -> None:
    """To a file that is not there, and would be made."""
    path.unlink(missing_ok=True)
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize("harm", [put_pipe, put_link])
@pytest.mark.parametrize("name", sorted({*FILES, f"{FILE}-journal"}))
def test_what_is_no_file_is_told(tmp_path: Path, name: str, harm: Callable[[Path], None]) -> None:
    storage = Storage(tmp_path / "party")
    with closing(storage):
        storage.put("c", b"1")
    harm(storage.folder / name)
    before = {*tmp_path.rglob("*")}
    for use in USES:
        with pytest.raises(OSError, match="is no file: remove it") as told:
            use(storage)
        assert told.value.filename == str(storage.folder / name)
    assert {*tmp_path.rglob("*")} == before
    (storage.folder / name).unlink()
    if name == FILE:
        remove_all(storage)
    storage.put("d", b"2")


def put_junk(path: Path) -> None:
    path.write_bytes(b"junk" * 5000)


def put_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def put_anothers(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE kept (name TEXT)")


USES: list[Callable[[Storage], object]] = [
    lambda storage: storage.get("c"),
    lambda storage: storage.missing("c"),
    lambda storage: storage.put("c", b"2"),
    lambda storage: storage.remove("c"),
]


def empty(path: Path) -> None:
    os.truncate(path, 0)


def change(within: bytes) -> Callable[[Path], None]:
    """Have one bit another, in something that is written in a file."""

    def harm(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[data.index(within)] ^= 1
        path.write_bytes(data)

    return harm


@pytest.mark.parametrize(
    "harm",
    [put_junk, put_zeros, cut, empty, put_anothers, change(b"some data"), change(b"c, named")],
)
def test_a_file_that_is_not_as_it_was_left_is_told_and_the_key_is_there(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    storage = Storage(tmp_path / "party")
    with closing(storage):
        storage.put("key", b"secret")
        storage.put("c, named", b"some data")
    harm(storage.file)
    for use in USES:
        with pytest.raises(OSError, match="put back what it was, or remove kept") as told:
            use(storage)
        assert told.value.filename == str(storage.file)
    storage.close()
    remove_all(storage)
    storage.put("d", b"2")
    assert (storage.get("key"), storage.get("d"), storage.missing("c")) == (b"secret", b"2", True)


def stop(storage: Storage, kept: int) -> None:
    """Keep some things, and end without closing anything."""
    for number in range(kept):
        storage.put(str(number), bytes(100))
    os._exit(0)


def in_a_process_of_its_own(
    storage: Storage, do: Callable[[Storage, int], None], given: int
) -> None:
    process = get_context("fork").Process(target=do, args=(storage, given))
    process.start()
    process.join()
    assert process.exitcode == 0


def remove(path: Path) -> None:
    path.unlink()


def put_earlier(path: Path) -> None:
    """What was there before anything was kept."""
    path.write_bytes((path.parent.parent / "before" / path.name).read_bytes())


def cut_off_the_end(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 100)


def empty_the_end(path: Path) -> None:
    """As where a file has grown and nothing was written there."""
    cut_off_the_end(path)
    os.truncate(path, path.stat().st_size + 100)


HARMS = [remove, empty, put_earlier, cut_off_the_end, empty_the_end, cut, put_junk]


def remove_all(storage: Storage) -> None:
    """What is told to do."""
    for path in storage.folder.glob(f"{FILE}*"):
        path.unlink()


@pytest.mark.usefixtures("no_power_is_lost")
@pytest.mark.parametrize("harm", HARMS)
def test_what_was_kept_last_is_not_gone_in_silence_after_a_crash(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """What a crash leaves is a file and its log, and it needs both."""
    storage = Storage(tmp_path / "party")
    in_a_process_of_its_own(storage, stop, 1)
    shutil.copytree(storage.folder, tmp_path / "before")
    in_a_process_of_its_own(storage, stop, 10)
    copy = Storage(tmp_path / "copy")
    shutil.copytree(storage.folder, copy.folder)
    with closing(copy):
        assert copy.get("9") == bytes(100)
    harm(storage.folder / LOG)
    for use in USES:
        with pytest.raises(
            OSError, match=r"put back what they were, or remove kept\.db\.lock, and"
        ):
            use(storage)
    (storage.folder / f"{FILE}.lock").unlink()
    storage.put("c", b"1")
    assert storage.get("c") == b"1"


@pytest.mark.usefixtures("no_power_is_lost")
@pytest.mark.parametrize("left", [LOG, f"{FILE}.lock"])
def test_a_file_that_is_gone_is_told_by_what_is_left(tmp_path: Path, left: str) -> None:
    storage = Storage(tmp_path / "party")
    in_a_process_of_its_own(storage, stop, 10)
    for name in FILES - {left}:
        (storage.folder / name).unlink()
    for use in USES:
        with pytest.raises(OSError, match="it is gone: put back what it was"):
            use(storage)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.usefixtures("no_power_is_lost")
@given(data=st.data())
def test_a_bit_of_the_log_that_is_another_is_told_or_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """To whoever looks, and to whoever keeps something, wherever it is."""
    folder = tmp_path_factory.mktemp("stopped")
    storage = Storage(folder)
    in_a_process_of_its_own(storage, stop, 5)
    log = bytearray((folder / LOG).read_bytes())
    log[data.draw(st.integers(0, len(log) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / LOG).write_bytes(log)
    for use in (Storage.close, lambda storage: storage.put("more", b"1")):
        with suppress(OSError):
            use(storage)
            assert [storage.get(str(number)) for number in range(5)] == [bytes(100)] * 5
    shutil.rmtree(folder)


@pytest.mark.usefixtures("no_power_is_lost")
@pytest.mark.parametrize("harm", [cut_off_the_end, empty_the_end])
@pytest.mark.parametrize("kept", [1, 2, 5])
def test_what_was_not_written_whole_was_never_kept(
    tmp_path: Path, kept: int, harm: Callable[[Path], None]
) -> None:
    """As after a loss of power, before it was noted that it is kept."""
    storage = Storage(tmp_path / "party")
    in_a_process_of_its_own(storage, stop, kept)
    assert noted(storage.file) == kept
    with (storage.folder / f"{FILE}.lock").open("r+b") as lock:
        note(lock, kept - 1)
    harm(storage.folder / LOG)
    storage.put("more", b"1")
    assert [storage.missing(str(number)) for number in range(kept)] == [False] * (kept - 1) + [True]


def jot_last(storage: Storage, kept: int) -> None:
    """Keep something, and so many things for as long as power lasts; and end."""
    storage.put("0", bytes(100))
    for number in range(1, kept):
        storage.jot(str(number), bytes(100))
    os._exit(0)


@pytest.mark.parametrize("kept", [2, 3, 6])
def test_what_is_jotted_is_there_unless_power_is_lost(tmp_path: Path, kept: int) -> None:
    """Then what was jotted last is gone, and no harm is told; unless something was put since."""
    storage = Storage(tmp_path / "party")
    in_a_process_of_its_own(storage, jot_last, kept)
    shutil.copytree(storage.folder, tmp_path / "power lost")
    with closing(storage):
        assert not any(storage.missing(str(number)) for number in range(kept))
        storage.put("more", b"1")
        assert noted(storage.file) == kept + 1
    lost = Storage(tmp_path / "power lost")
    cut_off_the_end(lost.folder / LOG)
    with closing(lost):
        assert [lost.missing(str(number)) for number in range(kept)] == [False] * (kept - 1) + [
            True
        ]
        lost.put("more", b"1")


@pytest.mark.parametrize("is_folder", [True, False], ids=["folder", "file"])
@pytest.mark.parametrize("move", MOVES)
def test_nothing_is_kept_in_a_file_that_is_gone_from_its_place(
    tmp_path: Path, move: str, is_folder: bool
) -> None:
    """That is told, and in what has taken its place nothing changes."""
    storage, moved = Storage(tmp_path / "party"), tmp_path / "elsewhere"
    with closing(storage):
        storage.put("c", b"1")
        path = storage.folder if is_folder else storage.file
        MOVES[move](path, moved)
        for change in (storage.put, storage.jot, lambda name, _: storage.remove(name)):
            with pytest.raises(OSError, match="put it back, or begin again") as told:
                change("c", b"2")
            assert told.value.filename == str(storage.file)
        put_back(path, moved)
        storage.put("d", b"2")
    assert (storage.get("c"), storage.get("d")) == (b"1", b"2")


@pytest.mark.parametrize("kind", [Storage, Memory])
def test_what_cannot_be_noted_is_kept_and_not_told_as_if_it_were_not(
    tmp_path: Path, kind: type[Storage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk, where a file is written in place, and the note beside it is not."""
    storage = kind(tmp_path)
    storage.put("a", b"1")
    monkeypatch.setattr(os, "pwrite", Mock(side_effect=OSError(ENOSPC, os.strerror(ENOSPC))))
    storage.put("a", b"2")
    assert storage.get("a") == b"2"
    storage.remove("a")
    storage.close()
    assert kind(tmp_path).missing("a")


def test_a_removal_is_not_gone_in_silence(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    with closing(storage):
        storage.put("c", b"1")
    earlier = storage.file.read_bytes()
    with closing(storage):
        storage.remove("c")
    with closing(storage):
        assert storage.missing("c")
    storage.file.write_bytes(earlier)
    with pytest.raises(OSError, match="what was kept last is not there"):
        storage.get("c")


def test_what_was_removed_takes_no_room_for_good(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    for number in range(10):
        with closing(storage):
            storage.put(str(number), b"1")
            storage.remove(str(number))
    with closing(sqlite3.connect(storage.file)) as file:
        assert file.execute("SELECT count(*) FROM kept").fetchone() <= (2,)


def test_a_file_with_another_name_is_told(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    with closing(storage):
        storage.put("c", b"1")
    (tmp_path / "other").hardlink_to(storage.file)
    for use in USES:
        with pytest.raises(OSError, match="has another name as well: remove that"):
            use(storage)


def test_what_is_left_of_a_file_that_was_never_whole_is_in_nobodys_way(tmp_path: Path) -> None:
    for ending in ("", "-wal"):
        os.mkfifo(tmp_path / f".{FILE}.unfinished{ending}")
    storage = Storage(tmp_path)
    with closing(storage):
        storage.put("c", b"1")
    assert {path.name for path in tmp_path.iterdir()} == {FILE, f"{FILE}.lock"}


def test_a_second_writer_is_told(tmp_path: Path) -> None:
    one, other = Storage(tmp_path), Storage(tmp_path)
    one.put("c", b"1")
    for use in USES[2:]:
        with pytest.raises(OSError, match="somebody else keeps something in it: try again later"):
            use(other)
    assert other.get("c") == b"1"
    one.close()
    other.put("c", b"2")
    assert one.get("c") == b"2"


def test_whoever_is_forgotten_has_let_go(tmp_path: Path) -> None:
    """As at the end of a process that closes nothing."""
    Storage(tmp_path).put("c", b"1")
    Storage(tmp_path).put("c", b"2")
    assert Storage(tmp_path).get("c") == b"2"


def test_what_is_too_large_is_told(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    storage.put("c", b"1")
    with pytest.raises(OSError, match="File too large") as told:
        storage.put("c", bytes(MOST + 1))
    assert told.value.filename == str(storage.file)
    assert storage.get("c") == b"1"


PASSING = ["SQLITE_IOERR_READ", "SQLITE_NOMEM", "SQLITE_BUSY_RECOVERY", "SQLITE_PROTOCOL"]


@pytest.mark.parametrize("name", PASSING)
def test_nobody_is_told_to_remove_a_file_for_what_passes(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        error = sqlite3.OperationalError("it fails")
        error.sqlite_errorname = name
        raise error

    storage = Storage(tmp_path / "party")
    storage.put("c", b"1")
    storage.close()
    monkeypatch.setattr(impl.storage, "connect", fail)
    with pytest.raises(OSError, match="it fails: mend that, try again"):
        storage.get("c")


def keep_two(storage: Storage) -> None:
    """Keep something, and something else."""
    storage.put("a", b"2")
    storage.put("b", b"2")


@pytest.mark.usefixtures("no_power_is_lost")
@pytest.mark.parametrize("is_new", [True, False])
def test_whoever_is_killed_has_kept_it_or_what_was_there(tmp_path: Path, is_new: bool) -> None:
    """Whole, and one thing after the other, whichever instruction was the last."""
    found = set[tuple[bytes | None, ...]]()
    for number in count(0, 3):
        storage = Storage(tmp_path / str(number))
        with closing(storage):
            if not is_new:
                storage.put("a", b"1")
        has_ended = killed_after(number, partial(keep_two, storage))
        with closing(storage):
            found.add(tuple(None if storage.missing(x) else storage.get(x) for x in "ab"))
            storage.put("c", b"3")
            assert storage.get("c") == b"3"
        if has_ended:
            break
    assert found == {(None if is_new else b"1", None), (b"2", None), (b"2", b"2")}


def test_another_looks_on_while_something_is_kept(tmp_path: Path) -> None:
    """Nobody waits for the other, whoever has begun."""
    writer, reader = Storage(tmp_path), Storage(tmp_path)
    for number in range(3):
        writer.put("c", str(number).encode())
        [writing] = (opened.connection for opened in writer._opened)
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("UPDATE kept SET data = ?", [b"not yet"])
        assert reader.get("c") == str(number).encode()
        [reading] = (opened.connection for opened in reader._opened)
        reading.execute("BEGIN")
        assert reader.get("c") == str(number).encode()
        writing.execute("COMMIT")
        assert reader.get("c") == str(number).encode()
        reading.execute("COMMIT")
        assert reader.get("c") == b"not yet"


def test_once_it_is_closed_all_is_in_its_files(tmp_path: Path) -> None:
    """And none of them is SQLite's own, which a copy could lack."""
    storage = Storage(tmp_path / "party")
    with closing(storage):
        storage.put("key", b"secret")
        storage.put("c", b"1")
    assert {*storage.folder.iterdir()} >= {storage.file}
    assert len([*storage.folder.iterdir()]) == 3  # the key, and the lock
    shutil.copytree(storage.folder, tmp_path / "copy")
    copy = Storage(tmp_path / "copy")
    assert (copy.get("key"), copy.get("c")) == (b"secret", b"1")


def test_who_looks_leaves_nothing_behind(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "party")
    assert storage.missing("c")
    assert storage.missing("key")
    storage.remove("c")
    storage.remove("key")
    assert not storage.folder.exists()


def test_what_is_kept_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the process would have others read otherwise, and while it is at work."""
    before, storage = os.umask(0), Storage(tmp_path / "party")
    try:
        storage.put("key", b"secret")
        storage.put("c", b"1")
        modes = {path.name: path.stat().st_mode & 0o777 for path in storage.folder.iterdir()}
    finally:
        os.umask(before)
    assert len(modes) == 1 + len(FILES)
    assert {*modes.values()} == {0o600}
    assert storage.folder.stat().st_mode & 0o777 == 0o700
