"""Orchestrators and other carriers, beacons, nodes, clocks and outsiders that deviate."""

from functools import partial

from adversaries.deviating.basic import others as b
from adversaries.deviating.hardened import node
from adversaries.deviating.hardened import others as h
from adversaries.deviating.hardened.carriers import DroppingCarrier, SwappingCarrier, carry
from adversaries.deviating.orchestrated import orchestrators as o
from adversaries.deviating.orchestrated import others as outside
from adversaries.gaining.roots import doubled, halved
from adversaries.rows.row import hardened, measured, orchestrated, row, surrounded
from adversaries.script import PREVENTED, UNDETECTED, convicts, frames, suspects

OTHERS = (
    # Without an orchestrator, nobody carries data but the network; what it keeps is demanded.
    *row(
        "silent-drop",
        "carrier",
        "takes the data, and passes it to nobody",
        orchestrated=orchestrated(
            suspects("consumer", "orchestrator", "vendor0"), orchestrator=o.DroppingOrchestrator
        ),
        hardened=surrounded(PREVENTED, "carrier", partial(carry, DroppingCarrier), 2),
    ),
    *row(
        "in-flight-swap",
        "carrier",
        "passes other data on than it was given, and says that it was that",
        orchestrated=orchestrated(
            suspects("orchestrator", "vendor0"), orchestrator=o.SwappingOrchestrator
        ),
        hardened=surrounded(PREVENTED, "carrier", partial(carry, SwappingCarrier), 2),
    ),
    *row(
        "final-swap",
        "orchestrator",
        "hands the consumer another output than the one that is on the ledger",
        claims="A36",
        orchestrated=orchestrated(
            suspects("consumer", "orchestrator"), orchestrator=o.ForgingOrchestrator
        ),
    ),
    *row(
        "prying-carrier",
        "carrier",
        "keeps a copy of all that it carries",
        claims="A9",
        orchestrated=(UNDETECTED, outside.prying),
        hardened=(PREVENTED, h.prying),
    ),
    # Who waits for the beacon in vain has its money back, or what it worked for.
    *row(
        "silent-beacon",
        "beacon",
        "says nothing",
        hardened=hardened(PREVENTED, beacon=h.MuteBeacon),
    ),
    *row(
        "fading-beacon",
        "beacon",
        "says whom chance draws, and nothing of the audits",
        hardened=hardened(PREVENTED, beacon=h.FadingBeacon),
    ),
    *row(
        "row-reader",
        "anybody",
        "disputes what it has no part in, to see what is shown",
        hardened=hardened(PREVENTED, outsider=h.Outsider),
    ),
    # What is refused uses up its author's quota, so that the node looks at no more of it.
    *row(
        "refused-flood",
        "anybody",
        "says in every block much more than its quota, all of which is refused",
        hardened=(PREVENTED, h.vain),
    ),
    # What is proposed and does not come to the market in time is forgotten.
    *row(
        "draft-flood",
        "provider",
        "offers versions that nobody can take up, for it hands nothing over",
        hardened=(PREVENTED, h.drafted),
    ),
    *row(
        "free-reader",
        "anybody",
        "reads off the ledger what others asked, and what they were answered",
        claims="A15",
        basic=(UNDETECTED, b.free_reader),
        orchestrated=(PREVENTED, outside.free_reader),
        hardened=(PREVENTED, h.free_reader),
    ),
    # What waits to be appended is as public as what is. To copy what it cannot open costs money.
    *row(
        "front-run",
        "consumer",
        "asks for what another asks for, which it copies from what that says to the ledger",
        basic=(UNDETECTED, b.front_run),
        orchestrated=(PREVENTED, outside.front_run),
        hardened=hardened(convicts(copier="withhold_input"), 2, copier=h.CopyingConsumer),
    ),
    # Whoever keeps a part must see that it is the registered one, so it can show that to others.
    *row(
        "bounty-market",
        "vendor",
        "sells its part to whoever finds on the ledger that it is the registered one",
        claims="A10",
        basic=(UNDETECTED, b.bounty),
        orchestrated=(UNDETECTED, outside.bounty),
        hardened=(UNDETECTED, h.bounty),
    ),
    *row(
        "merkle-odd",
        "provider",
        "registers three parts by a root that stands for four as well, the last one twice",
        claims="A20",
        every=measured(PREVENTED, doubled),
    ),
    *row(
        "merkle-node-leaf",
        "provider",
        "registers four parts by a root that stands for two as well, the nodes above them",
        claims="A20",
        every=measured(PREVENTED, halved),
    ),
    *row(
        "forked-ledger",
        "node",
        "goes back to an early block, and shows everybody another history from there on",
        claims="A28",
        basic=(UNDETECTED, b.taken_back),
        hardened=(convicts(node="show_fork"), node.forked_ledger),
    ),
    # Who signs a block vouches for all before it.
    *row(
        "unsigned-fork",
        "node",
        "shows everybody another history, and signs nothing of it but what is to be witnessed",
        claims="A28",
        hardened=(convicts(node="show_fork"), partial(node.forked_ledger, is_unsigned=True)),
    ),
    # Whoever has acted upon a block, or kept a head, holds it against what stands in its place.
    *row(
        "shown-head",
        "node",
        "shows everybody another history below the last head, which it shows on as if it stood",
        claims="A28",
        hardened=(convicts(node="show_fork"), partial(node.forked_ledger, is_still=True)),
    ),
    *row(
        "other-announced",
        "node",
        "has witnesses sign other blocks than everybody sees on the ledger",
        claims="A28",
        hardened=surrounded(
            convicts(node="show_fork"), "node", partial(node.keep, node.AnnouncingNode)
        ),
    ),
    *row(
        "cut-ledger",
        "node",
        "takes the last blocks from its file, and goes on as if nobody had seen them",
        hardened=(PREVENTED, node.cut_ledger),
    ),
    # That what is said in time is heard in time is assumed; without it, the vendors are blamed.
    *row(
        "censor",
        "node",
        "leaves out what whoever is drawn first for a step records, until it is replaced",
        hardened=surrounded(
            frames(vendor1="replace", vendor2="replace"),
            "node",
            partial(node.keep, node.CensoringNode),
            1,
        ),
    ),
    # Whoever acts at once has acted before, whatever comes first where time is up.
    *row(
        "block-order",
        "node",
        "hears first whoever says that time is up, of all that a block brings",
        hardened=surrounded(PREVENTED, "node", partial(node.keep, node.OrderingNode)),
    ),
    # That blocks pass slowly enough to act in each is assumed as well, and that they do pass.
    *row(
        "hurried-clock",
        "node",
        "says that time is up for whoever has something to do, as soon as it has",
        hardened=surrounded(
            frames(vendor0="give_up", vendor2="replace"),
            "node",
            partial(node.keep, node.HurryingNode),
            1,
        ),
    ),
    *row(
        "stopped-clock",
        "node",
        "never says that a block has passed, so that nothing ever ends",
        hardened=surrounded(UNDETECTED, "node", partial(node.keep, node.TimelessNode), 1),
    ),
)
