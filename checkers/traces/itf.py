"""Traces in the Informal Trace Format, which trace viewers and test drivers of others read.

The format is Apalache's (ADR 15), and what is done in each step is told as Quint tells it for
tests: `mbt::actionTaken` and `mbt::nondetPicks`. What is told beside that is named in the same way,
so that no field of a state can have its name.
"""

from typing import TypeVar

from checkers.traces.explain import falsified
from checkers.traces.trace import Trace
from spec.notation import Scope
from spec.notation.sorts import Field, Fun, Ordinal, SortType, Value

S = TypeVar("S")

ACTION, PICKS = "mbt::actionTaken", "mbt::nondetPicks"
ACTOR, ON_LEDGER, FALSE = "tallystick::actor", "tallystick::onLedger", "tallystick::false"

_FORMAT = "https://apalache-mc.org/docs/adr/015adr-trace.html"


def itf(trace: Trace[S], refuted: str | None = None) -> dict[str, object]:
    """A trace as JSON in the Informal Trace Format.

    Each state has, beside the fields of the machine:

    - the action that led to it, `init` in the first, and a pick for each parameter of any action:
      `{"tag": "Some", "value": ...}` if it is one of that action's, else `{"tag": "None", ...}`;
    - where the machine says who is held to account, the party that acted, as a pick, and whether
      anything changed that everybody can see;
    - what is false in it of the property that the trace refutes, which is told of the last state.

    Args:
        trace: the trace.
        refuted: the name of the property that it refutes, if it is to refute one.
    """
    told = [ACTION, PICKS, *([ACTOR, ON_LEDGER] if trace.machine.accountability else []), FALSE]
    last = len(trace.states) - 1
    states: list[dict[str, object]] = []
    for number, s in enumerate(trace.states):
        steps = {**_step(trace, number), FALSE: _false(trace, refuted) if number == last else []}
        fields = {
            n: _content(trace.scope, f, getattr(s, n)) for n, f in trace.machine.fields.items()
        }
        states.append(
            {"#meta": {"index": number}, **{name: steps[name] for name in told}, **fields}
        )
    return {
        "#meta": {"format": "ITF", "format-description": _FORMAT, "source": trace.machine.name},
        "vars": [*told, *trace.machine.fields],
        "states": states,
    }


def finding(name: str, trace: Trace[S]) -> dict[str, object]:
    """A property with the trace that decides it, as plain data."""
    return {"property": name, "length": trace.length, "trace": itf(trace, refuted=name)}


def _step(trace: Trace[S], number: int) -> dict[str, object]:
    """What led to a state, which the first has from nothing."""
    picks = {name: _option() for act in trace.machine.actions for name in act.parameters}
    if number == 0:
        return {ACTION: "init", PICKS: picks, ACTOR: _option(), ON_LEDGER: False}
    act, args = trace.steps[number - 1]
    for arg, (name, sort) in zip(args, act.parameters.items(), strict=True):
        picks[name] = _option(_value(trace.scope, arg, sort))
    return {
        ACTION: act.name,
        PICKS: picks,
        ACTOR: _option(*trace.parties(number - 1)[:1]),
        ON_LEDGER: trace.is_public(number - 1),
    }


def _option(*values: object) -> dict[str, object]:
    """A value that there may be, as Quint has it."""
    [value] = values or [None]
    return {"tag": "Some", "value": value} if values else {"tag": "None", "value": {"#tup": []}}


def _false(trace: Trace[S], refuted: str | None) -> list[object]:
    """The part of the refuted property that is false in the last state, and what that reads."""
    said = (*trace.machine.always, *trace.machine.refuted)
    texts = [text for text in said if text.__name__ == refuted]
    found = [falsified(trace.machine, trace.scope, trace.states[-1], text) for text in texts]
    return [
        {"property": false.property, "conjunct": false.conjunct, "reads": list(false.values)}
        for false in found
        if false
    ]


def _content(scope: Scope, field: Field, content: Value) -> object:
    if field.kind is object:
        return _value(scope, content, field.sort)
    entries = []
    for key in scope.keys(field):
        value = content(*key) if field.kind is Fun else content[key if len(key) != 1 else key[0]]
        parts = [_value(scope, k, sort) for k, sort in zip(key, field.keys, strict=True)]
        entry = parts[0] if len(parts) == 1 else {"#tup": parts}
        entries.append([entry, _value(scope, value, field.sort)])
    return {"#map": entries}


def _value(scope: Scope, value: Value, sort: SortType) -> object:
    if sort is bool:
        return bool(value)
    return {"#bigint": str(int(value))} if issubclass(sort, Ordinal) else scope.name(value, sort)
