"""Reasons for which the hardened market refuses nothing, and why it never can."""

from collections.abc import Mapping

_KEPT = "the hardening is left out of this machine only where it is ablated"
_ASLEEP = "an earlier guard always refuses: the action is dormant"
_RECORDED = "while the window is open every step of the request is recorded"

UNREFUSED: Mapping[tuple[str, str], str] = {
    **{
        (action, "there are deadlines"): _KEPT
        for action in (
            "abandon",
            "concede",
            "give_up",
            "lapse",
            "pass_over",
            "refuse_to_open",
            "replace",
            "settle",
            "withhold",
            "withhold_input",
        )
    },
    ("show_bad", "hops are signed"): _KEPT,
    ("show_bad_input", "hops are signed"): _KEPT,
    ("complain", "opponents can complain"): _KEPT,
    ("leave_out", "somebody is to act"): _ASLEEP,
    ("overtake", "somebody is to act"): _ASLEEP,
    ("overtake", "time is up"): _ASLEEP,
    ("foresee", "request is not made"): _ASLEEP,
    ("orphan", "next step is not recorded"): _ASLEEP,
    ("orphan", "a step is recorded"): _ASLEEP,
    ("guess", "commitment is on the ledger"): _ASLEEP,
    ("guess", "guess is right"): _ASLEEP,
    ("dispute", "step is recorded"): _RECORDED,
    ("audit", "step is recorded"): _RECORDED,
    ("collect_share", "revenue is there"): (
        "shares are rounded down and come to a hundred hundredths: nobody is due what others had"
    ),
}
"""By action and reason."""
UNREFUSED_AT_WORK: Mapping[tuple[str, str], str] = {
    **UNREFUSED,
    ("activate", "every holder has acknowledged"): (
        "the market begins with everything acknowledged, and nothing takes that back"
    ),
    **{
        (action, "key was not replaced before the step was assigned"): "at work no key is replaced"
        for action in ("equivocate", "expose")
    },
}
"""The same, from a market at work on."""
