"""Orchestrators, beacons, nodes and outsiders that deviate."""

from adversaries.deviating.hardened.node import cut_ledger, forked_ledger
from adversaries.deviating.hardened.others import FadingBeacon, MuteBeacon, Outsider
from adversaries.deviating.orchestrated.orchestrators import DroppingOrchestrator
from adversaries.rows.row import hardened, orchestrated, row
from adversaries.script import PREVENTED, convicts, suspects

OTHERS = (
    *row(
        "silent-drop",
        "orchestrator",
        "takes the data, and passes it to nobody",
        orchestrated=orchestrated(
            suspects("consumer", "orchestrator", "vendor0"), orchestrator=DroppingOrchestrator
        ),
    ),
    # Who waits for the beacon in vain has its money back, or what it worked for.
    *row(
        "silent-beacon",
        "beacon",
        "says nothing",
        hardened=hardened(PREVENTED, beacon=MuteBeacon),
    ),
    *row(
        "fading-beacon",
        "beacon",
        "says whom chance draws, and nothing of the audits",
        hardened=hardened(PREVENTED, beacon=FadingBeacon),
    ),
    *row(
        "row-reader",
        "anybody",
        "disputes what it has no part in, to see what is shown",
        hardened=hardened(PREVENTED, outsider=Outsider),
    ),
    *row(
        "forked-ledger",
        "node",
        "goes back to an early block, and shows everybody another history from there on",
        hardened=(convicts(node="show_fork"), forked_ledger),
    ),
    *row(
        "cut-ledger",
        "node",
        "takes the last blocks from its file, and goes on as if nobody had seen them",
        hardened=(PREVENTED, cut_ledger),
    ),
)
