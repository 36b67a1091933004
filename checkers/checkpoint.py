"""An exploration on disk: its levels, each a file of sorted states, and what was found in them.

A level's file is complete before the journal names it, and the journal is replaced whole, so an
exploration that was killed goes on from its last complete level.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from checkers.keys import Keys, key_type
from spec.notation import MachineError

_JOURNAL = "exploration.json"


class Checkpoint:
    """A folder that holds an exploration.

    Args:
        folder: where; made if it is not there.
        identity: what the exploration is of; a folder with another one is refused.
        words: the words of a state.

    Raises:
        MachineError: the folder holds something else, or a damaged exploration.
    """

    def __init__(self, folder: Path, identity: Mapping[str, object], words: int) -> None:
        self.folder = folder
        self.identity = identity
        self.words = words
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._journal = self._read()
        except OSError as error:
            raise MachineError(f"{self.folder}: {error.strerror}") from error

    def _read(self) -> dict[str, Any]:  # JSON
        path = self.folder / _JOURNAL
        if not path.exists():
            return {"identity": dict(self.identity), "levels": [], "state": {}}
        try:
            journal: dict[str, Any] = json.loads(path.read_text())
            identity = journal["identity"]
        except (ValueError, KeyError, TypeError) as error:
            raise MachineError(f"{path} is damaged; remove the folder to start anew") from error
        if identity != self.identity:
            differs = [k for k, v in self.identity.items() if identity.get(k) != v]
            raise MachineError(
                f"{self.folder} holds an exploration with another {', '.join(differs)}; "
                "give another folder, or remove this one"
            )
        return journal

    @property
    def state(self) -> Mapping[str, Any]:  # JSON
        """What was saved beside the levels."""
        return self._journal["state"]  # type: ignore[no-any-return]  # JSON

    def levels(self) -> list[Keys]:
        """The levels saved so far, mapped into memory."""
        return [self._mapped(n, count) for n, count in enumerate(self._journal["levels"])]

    def save(self, level: Keys, state: Mapping[str, object]) -> Keys:
        """Save one more level and the state with it; the level, mapped into memory."""
        number = len(self._journal["levels"])
        self._replace(self._path(number), level.tobytes())
        levels: Sequence[int] = [*self._journal["levels"], len(level)]
        self._journal = {**self._journal, "levels": levels, "state": dict(state)}
        self._replace(self.folder / _JOURNAL, json.dumps(self._journal, indent=1).encode())
        return self._mapped(number, len(level))

    def _mapped(self, number: int, count: int) -> Keys:
        path, kind = self._path(number), key_type(self.words)
        if not path.exists() or path.stat().st_size != count * kind.itemsize:
            raise MachineError(f"{path} is damaged; remove the folder to start anew")
        return np.memmap(path, kind, "r")

    def _path(self, number: int) -> Path:
        return self.folder / f"level-{number}"

    def _replace(self, path: Path, content: bytes) -> None:
        unfinished = path.with_name(f"{path.name}.unfinished")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        except OSError as error:
            raise MachineError(f"{path}: {error.strerror}") from error
