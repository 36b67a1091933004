"""Makes markets in folders, whole or not at all, and opens them as they were left."""

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checkers.market.folder.kept import Kept, Plan
from checkers.market.folder.names import FILE as NAMES
from checkers.market.folder.names import Names
from checkers.market.variants import variant_of
from impl.folder import FILE, has_key, kept_key
from impl.ledger.port import LedgerError, OpenContract
from impl.ledger.sqlite import Ledger, LedgerInUse
from impl.ledger.transaction import Refused
from impl.storage import Storage
from spec.notation import MachineError

_OWNERS = 0o700
_UNFINISHED = re.compile(r"(^|/)\.([^/]+)\.unfinished\b")
"""What something is called while it is made: here a market, in storages the file of a key."""


def _hardened() -> type[Kept]:
    from checkers.market.folder.hardened import Hardened

    return Hardened


def _orchestrated() -> type[Kept]:
    from checkers.market.folder.orchestrated import Orchestrated

    return Orchestrated


def _basic() -> type[Kept]:
    from checkers.market.folder.basic import Basic

    return Basic


VARIANTS: Mapping[str, Callable[[], type[Kept]]] = {
    "hardened": _hardened,
    "orchestrated": _orchestrated,
    "basic": _basic,
}
"""The variants of the protocol, each as a market in a folder, which is imported when it is asked
for: whoever names no market need not wait for its parties."""


def make(folder: Path, variant: str, plan: Plan) -> None:
    """Make a market in a folder, whole or not at all.

    Raises MachineError if something is there, or it cannot be made.
    """
    with _told(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise MachineError(f"{folder}: something is there already; name a new folder")
        if not folder.parent.is_dir():
            raise MachineError(f"{folder}: there is no folder {folder.parent}: make it first")
        with _unfinished(folder) as new:
            VARIANTS[variant]().create(new, plan)
            try:
                new.replace(folder)
            except OSError as error:
                raise MachineError(f"{folder}: {error.strerror}; name a new folder") from None


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A hidden folder beside one that is to be made, which only its owner may read.

    A command that was killed leaves it there, with the keys that it has made; the next one has none
    of them. It holds the folder by a lock, and lets go of it when it is killed. Raises MachineError
    if another command holds it.
    """
    new = folder.with_name(f".{folder.name}.unfinished")
    new.mkdir(_OWNERS, exist_ok=True)
    held = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not _is_held(held, new):
            raise MachineError(f"{folder}: another command makes it just now; name a new folder")
        new.chmod(_OWNERS)
        _empty(new)
        try:
            yield new
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    finally:
        os.close(held)


def _is_held(descriptor: int, folder: Path) -> bool:
    """Lock a folder that is open; whether that is done, and it has not got its name meanwhile."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), folder.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


@contextmanager
def opened(folder: Path, *, reading: bool = False) -> Iterator[Kept]:
    """A market as it was left in a folder, for reading alone or for all. Raises MachineError."""
    names = Names.read(folder)
    with _told(folder):
        with Ledger(folder / FILE, OpenContract, None) as ledger:
            genesis = ledger.genesis
        try:
            variant = VARIANTS[variant_of(genesis)]()
        except MachineError as error:
            raise MachineError(f"{folder / FILE}: {error}; name a market's folder") from None
        names.check(folder, variant.roles)
        market = _as_left(variant, folder, names, reading=reading)
    with market, _told(folder):
        yield market


def _as_left(variant: type[Kept], folder: Path, names: Names, *, reading: bool) -> Kept:
    """A market of which every party has the key that it is known by. Raises MachineError."""
    try:
        for name, party in names.parties.items():
            if _public(folder / name) != party.identity:
                raise MachineError(
                    f"{folder / name}: its key is not the one in {NAMES}; put back what it was"
                )
        for path in folder.iterdir():
            if path.name not in names.parties and path.is_dir() and has_key(Storage(path)):
                raise MachineError(f"{folder / NAMES}: lacks {path.name}; put back what it was")
        return variant.open(folder, names, reading=reading)
    except KeyError as error:
        mend = "put back what it was, or make a new market"
        raise MachineError(f"{folder}: {error.args[0]}; {mend}") from None


def _public(storage: Path) -> bytes | None:
    """The public key of a party; None if what it has of that is none. Raises KeyError."""
    try:
        return kept_key(Storage(storage)).public
    except ValueError:
        return None


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What goes wrong with a folder is told in one line that says what mends it."""
    try:
        yield
    except LedgerInUse:
        raise MachineError(f"{folder}: another command is at work there; try again later") from None
    except LedgerError as error:
        raise MachineError(_finished(str(error))) from None
    except Refused as refusal:
        raise MachineError(f"{folder}: {refusal.reason}; put back what it was") from None
    except OSError as error:
        where = _finished(str(error.filename or folder))
        raise MachineError(f"{where}: {error.strerror}") from None


def _finished(told: str) -> str:
    """What is told, with each thing called what it is called once it is made."""
    return _UNFINISHED.sub(r"\1\2", told)
