"""What the basic protocol assumes, what the paper claims of it, and what must be possible in it.

What is said of a `Matching` is claimed of the orchestrated protocol too, and holds or fails there
for the same reason.
"""

from spec.basic.state import (
    Component,
    Market,
    Matching,
    Model,
    Record,
    Request,
    Step,
    Vendor,
    What,
    Who,
    executed,
)
from spec.notation import all_of, exists, forall, implies, not_

# Assumptions


def hashing_is_injective(s: Market) -> bool:
    """No two components have one digest."""
    return forall(Component, Component, lambda a, b: implies(s.digest(a) == s.digest(b), a == b))


def vendors_are_separate(s: Market) -> bool:
    """Each component of a model is on a separate cloud vendor (III.C)."""
    return forall(
        Model,
        Step,
        Step,
        lambda m, i, j: implies(
            (i != j) & (s.vendor(m, i) == s.vendor(m, j)), not_(used(s, m, i, j))
        ),
    )


def used(s: Market, m: Model, i: Step, j: Step) -> bool:
    """Whether the model has both steps."""
    return (i <= s.last(m)) & (j <= s.last(m))


# What holds


def steps_are_recorded(s: Matching[Who, What]) -> bool:
    """Every step that counts as executed has a record on the ledger (III.C, completeness)."""
    return forall(
        Request, Step, lambda r, i: implies(executed(s, r, i), s.evidence[r, i] < s.records)
    )


def first_step_had_the_input(s: Matching[Who, What]) -> bool:
    """The first vendor says that it worked on the input that the consumer registered (III.F)."""
    return forall(
        Request,
        lambda r: implies(
            executed(s, r, Step(0)), s.received[s.evidence[r, Step(0)]] == s.input[r]
        ),
    )


def steps_form_a_chain(s: Matching[Who, What]) -> bool:
    """Every vendor says that it worked on what the vendor before it says it produced (III.C)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i + 1),
            s.received[s.evidence[r, i + 1]] == s.produced[s.evidence[r, i]],
        ),
    )


def contested_output_is_real(s: Market) -> bool:
    """No consumer gets a forged output admitted (III.F, consumers)."""
    return forall(
        Request,
        lambda r: implies(
            s.admitted[r],
            exists(Record, lambda e: (e < s.records) & (s.produced[e] == s.contested[r])),
        ),
    )


def conviction_has_evidence(s: Market) -> bool:
    """Whoever is convicted has a record on the ledger (III.F, vendors)."""
    return forall(
        Vendor,
        lambda v: implies(
            s.convicted[v], exists(Record, lambda e: (e < s.records) & (s.author[e] == v))
        ),
    )


# What the paper claims, and does not hold


def outputs_are_correct(s: Market) -> bool:
    """What counts as executed was executed correctly (I; III.C, correctness)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i), is_correct(s, s.component(s.model[s.api[r]], i), s.evidence[r, i])
        ),
    )


def is_correct(s: Market, c: Component, e: Record) -> bool:
    """Whether a record is what running a component gives."""
    return s.produced[e] == s.run(c, s.received[e])


def digest_shows_the_code(s: Market) -> bool:
    """Whoever records a component's digest ran that component (III.C)."""
    return forall(
        Record,
        Component,
        lambda e, c: implies((e < s.records) & (s.claimed[e] == s.digest(c)), is_correct(s, c, e)),
    )


def honest_vendors_are_safe(s: Market) -> bool:
    """No vendor is convicted that ran what it was handed (III.F, providers)."""
    return forall(Vendor, lambda v: implies(s.convicted[v], s.deviated[v]))


def taken_output_was_computed(s: Market) -> bool:
    """A consumer takes an output only when every vendor has recorded something (III.C)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            s.taken[r] & (i <= s.last(s.model[s.api[r]])),
            exists(
                Record,
                lambda e: (e < s.records) & (s.author[e] == s.vendor(s.model[s.api[r]], i)),
            ),
        ),
    )


def requests_are_answered(s: Market) -> bool:
    """Every request is executed before the consumer can wait no longer (III.C)."""
    return forall(Request, lambda r: not_(s.overdue[r]))


def version_is_kept(s: Market) -> bool:
    """What counts as executed is by the vendors of the version in force (III.C; III.F)."""
    return forall(
        Request,
        Step,
        lambda r, i: implies(
            executed(s, r, i), s.author[s.evidence[r, i]] == s.vendor(s.model[s.api[r]], i)
        ),
    )


def a_record_serves_one_request(s: Matching[Who, What]) -> bool:
    """No record counts for two requests (Abstract, repudiation)."""
    return forall(
        Request,
        Request,
        Step,
        lambda r, q, i: implies(
            executed(s, r, i) & executed(s, q, i) & (s.evidence[r, i] == s.evidence[q, i]), r == q
        ),
    )


def records_agree(s: Market) -> bool:
    """A vendor that records twice for one input records one output (III.F, immutable ledger)."""
    return forall(
        Record,
        Record,
        lambda e, f: implies(
            all_of(
                e < s.records,
                f < s.records,
                s.author[e] == s.author[f],
                s.received[e] == s.received[f],
                s.claimed[e] == s.claimed[f],
            ),
            s.produced[e] == s.produced[f],
        ),
    )


def usage_was_requested(s: Market) -> bool:
    """Records of use answer requests (III.F, metrics)."""
    return implies(Record(0) < s.records, Request(0) < s.requests)


# What must be possible, lest the above hold for want of cases


def a_request_completes(s: Market) -> bool:
    return exists(Request, lambda r: s.complete[r] & s.taken[r])


def a_vendor_is_convicted(s: Market) -> bool:
    return exists(Vendor, lambda v: s.convicted[v])


def an_output_is_contested(s: Market) -> bool:
    return exists(Request, lambda r: s.admitted[r])
