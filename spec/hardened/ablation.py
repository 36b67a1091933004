"""What each hardening and assumption bears: without it, a known attack breaks a promise.

What each attack does is named by actions that its shortest run must show.
"""

from collections.abc import Callable, Mapping, Sequence

import attrs

from spec.hardened import dispute, execution, properties
from spec.hardened.ending import ENDING
from spec.hardened.machine import ablated, at_work
from spec.hardened.state import Assumption, Hardening, Key, Market, Party, Version
from spec.notation import Action, Machine, MachineError
from spec.notation.errors import meant
from spec.notation.sorts import SortType


@attrs.frozen
class Ablation:
    """A hardening that is left out, or an assumption that fails.

    Attributes:
        missing: the hardening, or the assumption that fails.
        attack: what comes back, in our words.
        shows: actions that the attack is made of.
        lost: the promise that is broken; None where it is that every request comes to an end.
        sizes: what must be larger than usual for the attack to fit.
        beside: the actions that it takes and the market at work leaves out.
    """

    missing: Hardening | Assumption
    attack: str
    shows: Sequence[str]
    lost: Callable[[Market], bool] | None
    sizes: Mapping[SortType, int] = attrs.field(factory=dict)
    beside: Sequence[Action[Market]] = ()

    @property
    def promise(self) -> str:
        """The name of the promise that is broken."""
        return self.lost.__name__ if self.lost else "requests_end"

    @property
    def machine(self) -> Machine[Market]:
        """The market at work without the hardening, of which nothing else is promised."""
        if self.lost:
            actions = [*at_work.actions, *self.beside]
            return ablated(self.missing, at_work.bare, actions=actions, always=(self.lost,))
        ending = at_work.ending
        return ablated(self.missing, at_work.bare, actions=_UNDISTURBED, ending=ending)


# A run that never ends shows best where nobody does what nobody has to.
_UNDISTURBED = [execution.request, execution.assign, *ENDING.fair]

ABLATIONS = (
    Ablation(
        Hardening.ACKNOWLEDGEMENT,
        "a provider hands over another component, and its vendor is convicted",
        ("hand_over", "record", "uphold"),
        properties.no_false_blame,
    ),
    Ablation(
        Hardening.JOINT_SIGNATURE,
        "a version is sold that a provider who contributes never agreed to",
        ("activate",),
        properties.active_versions_are_signed,
        {Version: 2},
    ),
    Ablation(
        Hardening.VERSION_PIN,
        "a new version is registered while a request is open",
        ("request", "activate", "settle"),
        properties.settled_steps_are_recorded,
        {Version: 2},
    ),
    Ablation(
        Hardening.ESCROW,
        "a consumer has the work done, and has paid nothing",
        ("request", "record"),
        properties.recorded_steps_are_paid,
    ),
    Ablation(
        Hardening.SURETY,
        "a consumer is refunded only what nobody has earned yet",
        ("record",),
        properties.refunds_are_whole,
    ),
    Ablation(
        Hardening.STAKE,
        "an executor has nothing to lose by withholding its output",
        ("assign",),
        properties.open_steps_are_staked,
    ),
    Ablation(
        Hardening.BEACON,
        "an orchestrator picks the executors that it likes",
        ("assign",),
        properties.executors_are_drawn,
    ),
    Ablation(
        Hardening.SIGNED_HOPS,
        "bad data cannot be shown, and its receiver is convicted of silence",
        ("demand", "publish"),
        properties.no_false_blame,
    ),
    Ablation(
        Hardening.DEADLINES,
        "somebody never does what is next, and nothing ever follows",
        ("request",),
        None,
    ),
    Ablation(
        Hardening.FINALITY,
        "a record is dropped after the next executor was given its output",
        ("record", "hop", "orphan"),
        properties.nobody_works_in_vain,
    ),
    Ablation(
        Hardening.SALT,
        "whoever reads the ledger confirms a guess of the data",
        ("guess",),
        properties.data_is_not_guessed,
    ),
    Ablation(
        Hardening.EXACTNESS,
        "an honest executor's output is not what comes out where it is run again",
        ("record", "open_step", "uphold"),
        properties.no_false_blame,
    ),
    Ablation(
        Hardening.DISPUTE_TOLL,
        "a consumer disputes what it likes, at no cost",
        ("dispute",),
        properties.disputes_are_backed,
    ),
    Ablation(
        Hardening.AUDITS,
        "an executor records what it likes, and nobody looks",
        ("record", "settle"),
        properties.audited_steps_are_right,
    ),
    Ablation(
        Hardening.DISCLOSURE_CAP,
        "somebody has every step opened in turn, and sees the whole model",
        ("open_step",),
        properties.a_step_stays_undisclosed,
    ),
    Ablation(
        Hardening.LOCK,
        "an executor that signed two outputs takes its stake before they are shown",
        ("equivocate", "collect"),
        properties.stakes_outlast_complaints,
    ),
    Ablation(
        Hardening.STANDING,
        "an outsider has steps disputed, and what it steers to stands on the ledger in clear",
        ("dispute",),
        properties.nobody_else_disputes,
    ),
    Ablation(
        Hardening.COMPLAINT,
        "an executor in league with the author of its input does not tell that to its auditor",
        ("record", "audit", "narrow", "settle"),
        properties.audited_steps_are_right,
        sizes={Party: 3},
    ),
    Ablation(
        Hardening.KEY_PIN,
        "an executor that signed two outputs replaces its key, and they show nothing any more",
        ("equivocate", "rotate", "collect"),
        properties.stakes_outlast_complaints,
        sizes={Key: 2},
        beside=[dispute.rotate],
    ),
    Ablation(
        Assumption.INCLUSION,
        "the node leaves out what a party sends, which is convicted of silence",
        ("leave_out",),
        properties.no_false_blame,
    ),
    Ablation(
        Assumption.STEADY_TIME,
        "the clock ticks so fast that nobody can act, and whoever was to is convicted",
        ("leap",),
        properties.no_false_blame,
    ),
    Ablation(
        Assumption.ORDER,
        "what is sent in time comes behind the end of its block, and its sender is convicted",
        ("overtake",),
        properties.no_false_blame,
    ),
    Ablation(
        Assumption.UNPREDICTABILITY,
        "who knows the draw makes requests where its own vendors are drawn",
        ("foresee",),
        properties.draws_are_not_foreseen,
    ),
)


def ablations(names: Sequence[str] = ()) -> list[Ablation]:
    """Those of some hardenings and assumptions, by name, as `salt`; all of them unless given.

    Raises MachineError: there is none of a name.
    """
    known = {ablation.missing.name.lower(): ablation for ablation in ABLATIONS}
    for name in names:
        if name not in known:
            raise MachineError(f"there is no hardening {name}; {meant(name, known)}")
    return [known[name] for name in names or known]
