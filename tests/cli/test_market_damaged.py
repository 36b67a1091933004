"""A market whose files are no more what they were: each verb says so in a line, and ends."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path

import pytest

from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from impl.storage import Storage
from tests.support.command import run
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

PATIENCE = 20  # seconds, for what takes less than one: a pipe would be waited for without end
VERBS = [
    ["status"],
    ["status", "last"],
    ["bill"],
    ["dispute", "last", "1"],
    ["call", "digits:3"],
    ["wait"],
    ["deploy"],
    ["withdraw", "vendor0", "5"],
]


def junk(file: Path) -> None:
    file.write_bytes(b"\xff\xfejunk")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def device(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


def nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


HARMS: list[Callable[[Path], None]] = [junk, empty, cut, zeros, folder, pipe, device, nowhere]
VARIANTS = ["hardened", "orchestrated", "basic"]


class Waits(BaseException):
    """Something is waited for without end."""


@contextmanager
def patient() -> Iterator[None]:
    """Within this, nothing is waited for without end."""

    def end(*_: object) -> None:
        raise Waits

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A market of each variant that has answered a request."""
    here = tmp_path_factory.mktemp("shops")
    for variant in VARIANTS:
        for verb, *more in (["new", "--variant", variant], ["deploy"], ["call", "digits:17"]):
            assert run("market", verb, here / variant, *more) == OK
    return {variant: here / variant for variant in VARIANTS}


@pytest.mark.parametrize("harm", [folder, pipe, device, nowhere])
@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", ".lock"])
def test_what_is_beside_a_ledger_is_a_file(
    shops: dict[str, Path],
    tmp_path: Path,
    ending: str,
    harm: Callable[[Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(shops["basic"], shop)
    beside = shop / f"ledger.db{ending}"
    beside.touch()
    harm(beside)
    for verb in ["wait"] if ending == ".lock" else ["status", "wait"]:
        capsys.readouterr()
        with patient():
            assert run("market", verb, shop) == USAGE
        assert f"{beside}: is no file: remove it" in capsys.readouterr().err


def see(shop: Path, verb: str, *more: str, capsys: pytest.CaptureFixture[str]) -> None:
    """See that a verb ends as verbs end, with one line if it refuses."""
    capsys.readouterr()
    with patient():
        code = run("market", verb, shop, *more)
    said = [line for line in capsys.readouterr().err.splitlines() if "tallystick: " in line]
    assert code in (OK, FAILED, UNKNOWN, USAGE), said
    assert len(said) == (code == USAGE)


@pytest.mark.parametrize("start", some_full([None, *range(len(HARMS))], range(len(HARMS))))
@pytest.mark.parametrize("variant", VARIANTS)
def test_whatever_is_harmed_is_told_in_a_line(
    shops: dict[str, Path],
    tmp_path: Path,
    variant: str,
    start: int | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each file, in one way after the other; by every verb, or one after the other."""
    whole = shops[variant]
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    harms = cycle(HARMS[start or 0 :] + HARMS[: start or 0])
    verbs = cycle([*VERBS, VERBS[0]])  # one more than harms, or each would meet one of them
    for file, harm, one in zip(files, harms, verbs, strict=False):
        shop = tmp_path / f"{file.parent}-{file.name}-{harm.__name__}"
        shutil.copytree(whole, shop)
        harm(shop / file)
        for verb in [one] if start is None else VERBS:
            see(shop, *verb, capsys=capsys)
        shutil.rmtree(shop)


@pytest.mark.parametrize("kept", [b"\xff\xfejunk", b"", b"what it"])
def test_what_one_party_has_not_witnessed_stops_no_verb_and_is_told(
    shops: dict[str, Path], tmp_path: Path, kept: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(shops["hardened"], shop)
    for name in ("vendor1", "consumer0"):
        with closing(Storage(shop / name)) as storage:
            storage.put("witnessed", kept)
        told = f"{storage.file}: what {name} keeps as witnessed is no block that the ledger's node"
        for verb in (["market", "status"], ["market", "wait"], ["audit"]):
            capsys.readouterr()
            assert run(*verb, shop) == OK
            assert told in capsys.readouterr().out


@pytest.mark.parametrize("harm", [junk, cut, zeros])
def test_what_a_party_keeps_and_is_damaged_can_be_removed(
    shops: dict[str, Path],
    tmp_path: Path,
    harm: Callable[[Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As is said; its key is elsewhere, and the others are served."""
    shop = tmp_path / "shop"
    shutil.copytree(shops["hardened"], shop)
    file = Storage(shop / "vendor1").file
    harm(file)
    for verb in (["market", "status"], ["market", "wait"], ["audit"]):
        capsys.readouterr()
        assert run(*verb, shop) == USAGE
        assert f"tallystick: {file}: " in (told := capsys.readouterr().err)
        assert "put back what it was, or remove kept.db and all that begins so" in told
    for left in file.parent.glob("kept.db*"):
        left.unlink()
    for verb in (["market", "status"], ["market", "wait"], ["audit"]):
        assert run(*verb, shop) == OK
