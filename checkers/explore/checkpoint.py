"""An exploration on disk: its levels, each a file of sorted states, and what was found in them.

A level's file is complete before the journal names it with its digest, and the journal is replaced
whole, so an exploration that was killed goes on from its last complete level, and one that was
altered is noticed. A lock, which ends with its process, keeps a second run out.
"""

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import blake3
import numpy as np

from checkers.explore.keys import Keys, key_type
from checkers.host.files import make_folder, replace_whole
from spec.notation import MachineError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_JOURNAL, _LOCK = "exploration.json", "lock"
KEPT = (_JOURNAL, _LOCK, "level-*", "run-*")
"""The names of the files in the folder, as patterns."""


class Checkpoint:
    """A folder that holds an exploration, and is this run's until it is closed.

    Args:
        folder: where; made if it is not there.
        identity: what the exploration is of; a folder with another one is refused.
        words: the words of a state.

    Raises:
        MachineError: the folder holds something else, or a damaged exploration, or another run is
            at work in it.
    """

    def __init__(self, folder: Path, identity: Mapping[str, object], words: int) -> None:
        self.folder = folder
        self.identity = identity
        self.words = words
        make_folder(folder)
        try:
            self._lock = self._locked()
            self._journal = self._read()
        except OSError as error:
            raise MachineError(f"{self.folder}: {error.strerror}") from error
        self.levels = [self._checked(*level) for level in enumerate(self._journal["levels"])]
        """The levels saved so far, mapped into memory."""

    def close(self) -> None:
        """Let others have the folder."""
        self._lock.close()

    def _locked(self) -> BinaryIO:
        lock = (self.folder / _LOCK).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise MachineError(
                f"{self.folder}: another run is at work there; wait for it, or give another folder"
            ) from None
        return lock

    def _read(self) -> dict[str, Any]:  # JSON
        path = self.folder / _JOURNAL
        if not path.exists():
            return {"identity": dict(self.identity), "levels": [], "state": {}}
        try:
            kept = json.loads(path.read_text())
            journal: dict[str, Any] = kept["journal"]
            if kept["digest"] != _digest(_written(journal)):
                raise ValueError("altered")
            identity = journal["identity"]
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path) from error
        if identity != self.identity:
            differs = [k for k, v in self.identity.items() if identity.get(k) != v]
            raise MachineError(
                f"{self.folder} holds an exploration with other {', '.join(differs)}; "
                "give another folder, or remove this one"
            )
        return journal

    @property
    def state(self) -> Mapping[str, Any]:  # JSON
        """What was saved beside the levels."""
        return self._journal["state"]  # type: ignore[no-any-return]  # JSON

    def save(self, level: Keys, state: Mapping[str, object]) -> Keys:
        """Save one more level and the state with it; the level, mapped into memory."""
        number, content = len(self.levels), level.tobytes()
        kept = [*self._journal["levels"], [len(level), _digest(content)]]
        self._journal = {**self._journal, "levels": kept, "state": dict(state)}
        journal = {"journal": self._journal, "digest": _digest(_written(self._journal))}
        try:
            replace_whole(self._path(number), content)
            replace_whole(self.folder / _JOURNAL, json.dumps(journal, indent=1).encode())
        except OSError as error:
            raise MachineError(f"{self.folder}: {error.strerror}") from error
        self.levels.append(self._mapped(number, len(level)))
        return self.levels[-1]

    def _checked(self, number: int, kept: tuple[int, str]) -> Keys:
        """A level, once it is known to be the one that was saved."""
        count, digest = kept
        level = self._mapped(number, count)
        if _digest(level.view(np.uint8).data) != digest:
            raise _damaged(self._path(number))
        return level

    def _mapped(self, number: int, count: int) -> Keys:
        path, kind = self._path(number), key_type(self.words)
        if not path.is_file() or path.stat().st_size != count * kind.itemsize:
            raise _damaged(path)
        return np.memmap(path, kind, "r")

    def _path(self, number: int) -> Path:
        return self.folder / f"level-{number}"


def _digest(content: "ReadableBuffer") -> str:
    return blake3.blake3(content).hexdigest()


def _written(journal: Mapping[str, object]) -> bytes:
    return json.dumps(journal, sort_keys=True).encode()


def _damaged(path: Path) -> MachineError:
    return MachineError(f"{path} is damaged; remove the folder to start anew")
