"""What a ledger's node vouches for in its last checkpoint, held against what was said."""

from pathlib import Path
from typing import Any

from checkers.market.audit.retelling import Tale, differences, told
from impl.ledger.port import LedgerCorrupt, LedgerError
from impl.ledger.sqlite import Ledger


def misstated(path: Path, tale: Tale[Any, Any], spec: object) -> str | None:
    """In what way a checkpoint is not what the transactions before it come to, if it is not.

    Whoever opens the ledger goes on from the checkpoint: so what that comes to by now is held
    against the machine.

    Args:
        path: the ledger's file, which is neither damaged nor unlawful, and departs nowhere.
        tale: the ledger, as its machine is told of it.
        spec: the machine's state at the end.
    """
    try:
        Ledger.read(path, tale.begins, in_full=True).close()
    except LedgerCorrupt as error:
        how = str(error).removeprefix(f"{path.resolve()}: ")
    else:
        return None
    try:
        with Ledger.read(path, tale.begins) as ledger:
            found = told(differences(spec, tale.shown(ledger.contract, None)))
    except LedgerError:  # by the checkpoint, what follows is not even allowed
        found = ""
    return f"{how}: {found}" if found else how
