"""All attacks, in order: on the basic marketplace, on the hardened one, and in experiments.

A script needs a marketplace with somebody in it who deviates; an experiment decides, without one,
what no state machine can state: what somebody learns or gains.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from adversaries.deviating.basic import (
    bad_handover,
    forged_output,
    lazy_constant,
    off_ledger,
    stall,
)
from adversaries.deviating.hardened import (
    DenyingVendor,
    EquivocatingVendor,
    FadingBeacon,
    FleeingVendor,
    ForgingVendor,
    FrivolousConsumer,
    GarbageVendor,
    JunkProvider,
    LazyVendor,
    MuteBeacon,
    NeverSendingConsumer,
    Outsider,
    SecretiveVendor,
    ShamProvider,
    SilentVendor,
    StingyProvider,
    SwappingProvider,
    SwappingVendor,
    UnfitConsumer,
    WithholdingVendor,
)
from adversaries.deviating.node import cut_ledger, forked_ledger
from adversaries.deviating.play import play
from adversaries.gaining.chances import grinding, laziness
from adversaries.gaining.expenses import ledger_bytes
from adversaries.gaining.payouts import floors, largest_remainders, payouts
from adversaries.leaking.attacks import (
    coalition_law,
    ensemble_share,
    formula_neighbours,
    reidentify,
)
from adversaries.learning.exposure import executor_exposure
from adversaries.learning.guessing import dictionary, linking, neighbours, rebuilt, renumbered
from adversaries.learning.holding import share_value
from adversaries.learning.observing import chain_observer, formula
from adversaries.learning.pooling import (
    deep_joint_provider,
    deep_joint_provider_backwards,
    deep_middle,
    deep_sandwich,
    joint_provider,
    joint_provider_backwards,
    middle,
    orchestrator,
    sandwich,
)
from adversaries.learning.trees import tree_path
from adversaries.script import Attack, Facts, Outcome
from adversaries.victim import parts, victim
from impl.hardened.parties.member import Member

REQUESTS = 6
"""Requests to a hardened marketplace: so many that chance draws every vendor for each step."""

BASIC = (
    Attack("lazy-constant", "basic", "vendor", "U", lazy_constant, ("A16", "A19")),
    Attack("stall", "basic", "vendor", "U", stall, ("A25",)),
    Attack("forged-output", "basic", "consumer", "P", forged_output, ("A36",)),
    Attack("bad-handover", "basic", "provider", "F", bad_handover, ("A34",)),
    Attack("chain-observer", "basic", "anybody", "U", chain_observer, ("A1", "A2", "A4", "A30")),
    Attack("off-ledger", "every", "coalition", "U", off_ledger, ("A31",)),
)


def _attack(
    name: str, party: str, expected: Outcome, requests: int = REQUESTS, **cast: type[Member]
) -> Attack:
    """An attack on the hardened marketplace, in which some of its cast deviate."""

    def script(folder: Path) -> Facts:
        return play(folder, cast, parts(), victim()[1][:requests])

    return Attack(f"{name}-hardened", "hardened", party, expected, script)


HARDENED = (
    _attack("lazy-constant", "vendor", "D", vendor1=LazyVendor),
    _attack("stall", "vendor", "D", vendor1=SilentVendor),
    _attack("false-nonreceipt", "vendor", "P", vendor1=DenyingVendor),
    _attack("garbage-ciphertext", "vendor", "D", vendor1=GarbageVendor),
    _attack("return-swap", "vendor", "P", vendor1=SwappingVendor),
    _attack("never-send", "consumer", "D", consumer=NeverSendingConsumer),
    # Nobody is convicted: to doubt is no fault, and is paid for with two tolls.
    _attack("frivolous-dispute", "consumer", "P", consumer=FrivolousConsumer),
    _attack("bad-handover", "provider", "P", provider=SwappingProvider),
    _attack("double-post", "vendor", "D", vendor1=EquivocatingVendor),
    # Whoever has fled is drawn no more, so of few requests it may have recorded none that ended.
    _attack("exit-scam", "vendor", "D", requests=2 * REQUESTS, vendor1=FleeingVendor),
    _attack("last-mover-ransom", "vendor", "D", vendor2=WithholdingVendor),
    _attack("forged-run", "vendor", "D", vendor1=ForgingVendor),
    _attack("untold-opponent", "vendors", "D", vendor0=SecretiveVendor, vendor1=SecretiveVendor),
    _attack("cartel", "vendors", "D", vendor0=LazyVendor, vendor1=LazyVendor, vendor2=LazyVendor),
    _attack("junk-component", "provider", "P", provider=JunkProvider),
    # Nothing comes of what does not fit, and nobody is to blame for that but who asked for it.
    _attack("unfit-input", "consumer", "P", consumer=UnfitConsumer),
    _attack("unread-terms", "provider", "P", provider=StingyProvider),
    # Who waits for the beacon in vain has its money back, or what it worked for.
    _attack("silent-beacon", "beacon", "P", beacon=MuteBeacon),
    _attack("fading-beacon", "beacon", "P", beacon=FadingBeacon),
    _attack("row-reader", "anybody", "P", outsider=Outsider),
    _attack("sham-dispute", "vendor", "D", vendor1=LazyVendor, provider=ShamProvider),
    Attack("forked-ledger-hardened", "hardened", "node", "D", forked_ledger),
    Attack("cut-ledger-hardened", "hardened", "node", "P", cut_ledger),
)


def _experiment(
    claims: str,
    name: str,
    variant: str,
    party: str,
    expected: Outcome,
    measure: Callable[[], Facts],
) -> Attack:
    """An attack that needs no marketplace."""

    def script(folder: Path) -> Facts:
        return measure()

    return Attack(name, variant, party, expected, script, claims.split())


EXPERIMENTS = (
    _experiment("A1", "coalitions", "orchestrated", "vendors", "U", coalition_law),
    _experiment("A1", "sandwich", "orchestrated", "vendors", "U", sandwich),
    # Two layers hide the exact part; what is trained is still better than any consumer's copy.
    _experiment("A1", "sandwich-deep", "hardened", "vendors", "U", deep_sandwich),
    _experiment("A2 A30", "middle", "orchestrated", "vendor", "U", middle),
    _experiment("A2 A30", "middle-deep", "hardened", "vendor", "P", deep_middle),
    _experiment("A3", "share-value", "every", "vendors", "U", share_value),
    _experiment("A4", "link-digests", "orchestrated", "anybody", "U", partial(linking, False)),
    _experiment("A4", "link-leaves", "hardened", "anybody", "P", partial(linking, True)),
    Attack("formula", "basic", "anybody", "U", formula, ("A5",)),
    _experiment("A5", "formula-split", "orchestrated", "vendors", "U", formula_neighbours),
    _experiment("A6", "tree-path", "basic", "consumer", "U", tree_path),
    _experiment("A6", "tree-whole", "hardened", "consumer", "P", partial(tree_path, shown=False)),
    _experiment("A7", "ensemble-share", "every", "vendor", "U", ensemble_share),
    _experiment("A9", "orchestrator", "orchestrated", "orchestrator", "U", orchestrator),
    _experiment("A11", "random-executors", "orchestrated", "vendors", "U", executor_exposure),
    _experiment("A13", "dictionary", "orchestrated", "anybody", "U", partial(dictionary, False)),
    _experiment("A13", "dictionary-salted", "hardened", "anybody", "P", partial(dictionary, True)),
    _experiment("A13", "row-neighbours", "hardened", "anybody", "P", neighbours),
    _experiment("A14", "joint-first", "orchestrated", "provider", "U", joint_provider),
    _experiment("A14", "joint-second", "orchestrated", "provider", "U", joint_provider_backwards),
    # The first keeps an edge: its own layers do the half of the work that digits show worst.
    _experiment("A14", "joint-first-deep", "hardened", "provider", "U", deep_joint_provider),
    _experiment(
        "A14", "joint-second-deep", "hardened", "provider", "P", deep_joint_provider_backwards
    ),
    _experiment("A15", "reidentify", "every", "executor", "U", reidentify),
    _experiment("A21", "rebuilt", "basic", "vendor", "U", partial(rebuilt, False)),
    _experiment("A21", "rebuilt-canonical", "hardened", "vendor", "P", partial(rebuilt, True)),
    _experiment("A21", "renumbered", "every", "vendor", "U", renumbered),
    _experiment("A29", "ledger-bytes", "basic", "nobody", "U", partial(ledger_bytes, False)),
    _experiment(
        "A29", "ledger-bytes-committed", "hardened", "nobody", "P", partial(ledger_bytes, True)
    ),
    # Largest remainders leave nothing over, and take back what was drawn; floors never do.
    _experiment(
        "A40", "drawn-remainders", "every", "provider", "U", partial(payouts, largest_remainders)
    ),
    _experiment("A40", "drawn-floors", "hardened", "provider", "P", partial(payouts, floors)),
    _experiment(
        "A41", "grinding", "orchestrated", "orchestrator", "U", partial(grinding, 16, False)
    ),
    _experiment("A41", "grinding-beacon", "hardened", "anybody", "P", partial(grinding, 64, True)),
    _experiment("A43", "lazy-gain", "basic", "vendor", "U", partial(laziness, 0, audits=False)),
    # One step in four is audited, so a stake of 3 breaks even.
    _experiment("A43", "lazy-gain-staked", "hardened", "vendor", "P", partial(laziness, 3.3)),
)

ATTACKS = (*BASIC, *HARDENED, *EXPERIMENTS)
