"""Known blocks: what somebody knows of a ledger from before, to tell whether it still has it."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Self

import attrs

from impl.ledger.block import Block, SignedBlock
from impl.ledger.transaction import MalformedTransaction
from spec.bytes.encoding import EncodingError
from spec.notation import MachineError

_DIGEST = 32  # bytes


@attrs.frozen
class Known:
    """A block that a ledger must have.

    Attributes:
        digest: the block's.
        signed: the block, as it was signed; None where nothing else is known of it.
        told: by whom, in words that follow on what a ledger lacks; of nobody, nothing.
    """

    digest: bytes
    signed: SignedBlock | None = None
    told: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The block that was given: by its digest in hexadecimal, or as an audit wrote it down.

        Raises MachineError: it is neither.
        """
        digest = _unhexed(text)
        if digest is not None and len(digest) == _DIGEST:
            return cls(digest)
        try:
            said = json.loads(Path(text).read_bytes())
        except OSError as error:
            mend = f"give the {2 * _DIGEST} digits of a block's digest, or what --json wrote"
            raise MachineError(f"--known {text}: {error.strerror}; {mend}") from None
        except (ValueError, RecursionError):
            said = None
        signed = _signed(said.get("head")) if isinstance(said, dict) else None
        if signed is None:
            mend = "give what an audit of a ledger that has one wrote with --json"
            raise MachineError(f"--known {text}: there is no head in it; {mend}")
        return cls(signed.block.digest, signed)


def written(signed: SignedBlock) -> dict[str, object]:
    """A block as an audit writes it down."""
    block = signed.block
    return {
        "digest": block.digest.hex(),
        "ledger": block.ledger.hex(),
        "height": block.height,
        "previous": block.previous.hex(),
        "root": block.root.hex(),
        "count": block.count,
        "signature": signed.signature.hex(),
    }


def _signed(head: object) -> SignedBlock | None:
    match head:
        case {
            "ledger": str(ledger),
            "height": int(height),
            "previous": str(previous),
            "root": str(root),
            "count": int(count),
            "signature": str(signature),
        }:
            parts = [_unhexed(part) for part in (ledger, previous, root, signature)]
            if all(part is not None for part in parts):
                whose, before, leaves, signed = (part or b"" for part in parts)
                told = SignedBlock(Block(whose, height, before, leaves, count), signed)
                with suppress(EncodingError, MalformedTransaction):
                    return SignedBlock.parse(told.canonical())
    return None


def _unhexed(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
