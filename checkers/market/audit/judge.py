"""The judge: decides from a ledger's file what the ledger comes to.

It believes the file where the file shows it: that who signed has the key, that digests bind, and
that blocks are chained and signed by the node, all of it by `impl.ledger`. It believes the contract
in what no machine speaks of: whether what is said is well formed, said by who is to say it, and
shows what it must. Everything else the specification decides, which is run on the transactions: who
may do what when, what comes of it, and who is convicted. So a ledger whose node had another
contract departs at the first transaction that the specification refuses; and where the contract
that is asked holds something else than the specification, at the transaction after which it does.

What does not begin as a ledger of a variant is bad input. Of what does, all else is a finding: also
that what follows is another contract's, or no longer what the node has signed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from checkers.host.telling import Tell, silent
from checkers.market.audit.audited import Audit, Candidate
from checkers.market.audit.known import Known
from checkers.market.audit.opened import Opened, decide, read
from checkers.market.audit.recorded import Recorded
from checkers.market.audit.retelling import Departure, Tale, retell
from checkers.market.audit.vouched import misstated
from checkers.market.folder.names import FILE as NAMES
from checkers.market.folder.names import Names
from checkers.market.variants import CONTRACTS, variant_of
from impl.folder import FILE
from impl.hardened.market import followed
from impl.ledger.genesis import Genesis
from impl.ledger.witness import Followed
from spec.notation import MachineError
from spec.notation.arguments import checked

Telling: TypeAlias = Callable[..., Tale[Any, Any]]


def _basic() -> Telling:
    from checkers.market.audit.basic import BasicTale

    return BasicTale


def _orchestrated() -> Telling:
    from checkers.market.audit.orchestrated import OrchestratedTale

    return OrchestratedTale


def _hardened() -> Telling:
    from checkers.market.audit.hardened import HardenedTale

    return HardenedTale


_TALES: Mapping[str, Callable[[], Telling]] = {
    "basic": _basic,
    "orchestrated": _orchestrated,
    "hardened": _hardened,
}
"""By variant, how a ledger is told as actions; the specification is imported when that is asked."""


@checked
def audit(
    ledger: Path,
    known: str | None = None,
    openings: Sequence[Path] = (),
    components: Sequence[Path] = (),
    progress: Tell = silent,
) -> Audit:
    """Decide from a ledger's file whether it is a behaviour of the specification, and whom it
    convicts.

    Args:
        ledger: its file, or the folder of the market that it is in.
        known: a block that it must have: its digest, or a file that an audit was written to;
            unless given, of a market in a folder, what its parties have seen of it.
        openings: files, each with the opening of what a recorded step of a hardened ledger was
            given: a salt, and then the data.
        components: files, each with what a step's holders were handed: a secret, and then the
            component. With it, it is decided whether such a step is recorded right.
        progress: called now and then with a line that says how far it is.

    Raises:
        MachineError: the file cannot be read, or does not begin as a ledger of any variant; or the
            known block is none, or an opening or a component nothing of this ledger's.
    """
    file = _file(ledger)
    found = _followed(ledger) if known is None else []
    block = None if known is None else Known.parse(known)
    progress(f"reading {ledger}")
    recorded = Recorded.read(file)
    block = block or _telling(found, recorded)
    variant = _variant(ledger, recorded.genesis)
    tale = _TALES[variant]()(recorded.genesis, recorded.said, CONTRACTS[variant])
    retold = retell(tale, progress)
    opened = _opened(ledger, variant, tale, read(openings), read(components))
    departure = retold.departure or _unlawful(recorded)
    is_broken = departure is not None or recorded.damage is not None
    checkpoint = misstated(file, tale, retold.spec) if recorded.vouches and not is_broken else None
    lacking, forked = (None, []) if block is None else _lacking(ledger, recorded, block)
    named = [found.rule for found in retold.convictions]
    rules = {kind: _rule(tale, kind) for kind in [*named, departure.action if departure else ""]}
    return Audit(
        ledger=str(ledger),
        variant=variant,
        recorded=recorded,
        departure=departure,
        checkpoint=checkpoint,
        lacking=lacking,
        passed_over=[each.passed_over for each in found if each.known(recorded.genesis) is None],
        candidates=[*_candidates(recorded, departure, checkpoint), *forked],
        convictions=retold.convictions,
        opened=opened,
        open=() if is_broken else list(tale.open(retold.spec)),
        money=() if is_broken else list(tale.money(retold.spec)),
        rules=rules,
        names=_names(ledger, recorded.genesis, tale),
    )


def _opened(
    ledger: Path,
    variant: str,
    tale: Tale[Any, Any],
    openings: Mapping[Path, bytes],
    components: Mapping[Path, bytes],
) -> Sequence[Opened]:
    """What openings show of a ledger's steps. Raises MachineError if they show nothing."""
    if openings and variant != "hardened":
        raise MachineError(f"{ledger}: no hardened ledger: it has no commitments to be opened")
    if components and not openings:
        raise MachineError("--component: give with --opening what the step was given, too")
    return [*decide(tale.final, openings, components)] if openings else []


def _file(ledger: Path) -> Path:
    """The file of a ledger. Raises MachineError."""
    try:
        file = ledger / FILE if ledger.is_dir() else ledger
        if file.is_file():
            return file
    except OSError as error:  # a name that no file can have
        raise MachineError(f"{ledger}: {error.strerror}") from None
    mend = "give a ledger's file, or the folder of a market"
    raise MachineError(f"{ledger}: no ledger is here: {mend}")


def _followed(ledger: Path) -> Sequence[Followed]:
    """What the parties of a market keep of its ledger, if it is a folder.

    Raises MachineError if the names, or what is kept, cannot be read.
    """
    if not (ledger / NAMES).is_file():
        return []
    try:
        return followed(ledger, Names.read(ledger).parties)
    except OSError as error:
        raise MachineError(f"{error.filename or ledger}: {error.strerror}") from None


def _telling(found: Sequence[Followed], recorded: Recorded) -> Known | None:
    """Of the blocks that a ledger has to have, one that it lacks, if it lacks any.

    That is one in whose place it has another, for that shows who has signed both; or the last.
    """
    known = [(signed, each) for each in found if (signed := each.known(recorded.genesis))]
    lacking = [(s, each) for s, each in known if s.block.digest not in recorded.blocks]
    instead = [(s, each) for s, each in lacking if s.block.height <= len(recorded.blocks)]
    if not lacking:
        return None
    signed, each = max(instead or lacking, key=lambda pair: pair[0].block.height)
    return Known(signed.block.digest, signed, f": {each.told}")


def _variant(ledger: Path, genesis: Genesis) -> str:
    """Of which variant a ledger is. Raises MachineError: it begins as none."""
    try:
        return variant_of(genesis)
    except MachineError as error:
        raise MachineError(f"{ledger}: {error}") from None


def _rule(tale: Tale[Any, Any], kind: str) -> str:
    """What a kind of transaction is, in the specification's words; of what is none, nothing."""
    for act in tale.machine.actions:
        if act.name == kind:
            return _first_sentence(act.text.__doc__ or "")
    return ""


def _first_sentence(text: str) -> str:
    """The first line of a docstring, without the sections that it names."""
    return text.partition("\n")[0].partition(" (")[0].removesuffix(".")


def _unlawful(recorded: Recorded) -> Departure | None:
    """Where the node broke the rules of every ledger, if it did."""
    if recorded.unlawful is None:
        return None
    return Departure(len(recorded.said), "", recorded.unlawful, "ledger")


def _candidates(
    recorded: Recorded, departure: Departure | None, checkpoint: str | None
) -> Iterator[Candidate]:
    """Who may have caused that a ledger leaves the specification, or what its node has signed."""
    node = recorded.genesis.node
    if checkpoint is not None:
        yield Candidate(node, "it has signed the checkpoint")
    if recorded.damage is not None:
        yield Candidate(node, "it keeps the ledger")
        yield Candidate(None, "whoever gave this file can have changed it")
    if departure is None or not departure.is_certain:
        return
    if departure.why == "contract":
        yield Candidate(None, "the contract that was asked is not as the specification is")
        return
    if departure.why == "ledger":
        yield Candidate(node, "it has signed a block with a transaction that no ledger admits")
        return
    author = recorded.said[departure.position].author
    if departure.is_refused:
        yield Candidate(node, "it has signed a block with a transaction that it has to refuse")
        yield Candidate(author, "it has signed the transaction")
        return
    yield Candidate(author, "it has signed the transaction, which the contract cannot refuse")


def _lacking(ledger: Path, recorded: Recorded, known: Known) -> tuple[str | None, list[Candidate]]:
    """In what way a ledger lacks a block that is known, and who may have caused that."""
    node = recorded.genesis.node
    if known.signed and known.signed.block.ledger != recorded.genesis.identity:
        raise MachineError(f"{ledger}: the known block is another ledger's: give its own")
    if known.signed and not known.signed.is_signed_with(node):
        raise MachineError(f"{ledger}: the known block is not its node's: give one that is")
    if known.digest in recorded.blocks or recorded.unlawful or recorded.damage:
        return None, []
    if known.signed is None:
        said = f"no block has the digest {known.digest.hex()}"
    elif known.signed.block.height <= len(recorded.blocks):
        said = f"block {known.signed.block.height:,} is another than the one that is known"
        return f"{said}{known.told}", [Candidate(node, "it has signed both")]
    else:
        said = f"it ends before block {known.signed.block.height:,}, which is known"
    return f"{said}{known.told}", [
        Candidate(node, "it keeps the ledger"),
        Candidate(None, "whoever gave this file can have cut it"),
    ]


def _names(ledger: Path, genesis: Genesis, tale: Tale[Any, Any]) -> Mapping[bytes, str]:
    """What parties are called: in a market's folder, or by what they do and how their keys begin.

    Raises MachineError if the names cannot be read.
    """
    names: dict[bytes, str] = {}
    if (ledger / NAMES).is_file():
        names = {party.identity: name for name, party in Names.read(ledger).parties.items()}
    names.setdefault(genesis.node, "node")
    for party, role in tale.roles():
        names.setdefault(party, f"{role} {party.hex()[:8]}")
    return names
