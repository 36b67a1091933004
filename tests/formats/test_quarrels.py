"""`docs/formats/quarrels.md`: its examples are what the referee and the contract make of them."""

import re
from collections.abc import Sequence

import numpy as np

from impl.hardened.records import Request
from impl.hardened.statement import Statement, _parse
from impl.hardened.terms import ROUNDS, STATEMENT, Part, Terms
from impl.models.component import Component
from impl.models.operators import OPERATORS, Interval, ModelError, Turn
from impl.models.program import ARITHMETIC, NODES, OPERANDS, TURNS, USES, WIDEST, Program
from impl.quarrel.binding import WitnessError, parse_given
from impl.quarrel.game import Game, Verdict
from impl.quarrel.outline import Outline
from impl.quarrel.peaks import append, peaks_root
from impl.quarrel.plan import Place, Plan
from impl.quarrel.run import execute
from impl.quarrel.salts import Occasion, Salting, leaf_salt
from impl.quarrel.step import LARGEST, Bound, State, claim_of, rest_of, take_step
from spec.bytes.encoding import LARGEST as NUMBERS
from spec.bytes.encoding import EncodingError, encode
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    accepted,
    bytes_of,
    examples,
    rows,
    section,
    value,
    written,
)

PAGE = "quarrels"
SAYS = {
    "component": "not a component|expected the bytes|^bytes ",
    "program": "not a program",
    "input": r"^input \d+: |give a width",
    "node": r"^node \d+: (not \[|no operator|sizes, operands and attributes)",
    "constants": r"^constant |a constant without|^sizes, operands|constant numbers",
    "count": r"^\d+ (inputs|nodes): give 1 to|more than \d+ (constants|operands)",
    "room": "numbers a row",
    "uses": "used too often",
    "turns": "turns a row",
    "exact": "can reach",
    "bounds": "divides by what|chooses by what|name only those",
    "attributes": r"give \d+ attributes|give a divisor|drops 0 to 52|give a least and",
    "operands": r"\d+ operands: give|stand before it|no constants|are constants|widths|biases|rows",
}
"""By its code, how the library words what is wrong with a component."""


def coded(error: Exception) -> Refusal:
    """The refusal of what is no component."""
    codes = (code for code, pattern in SAYS.items() if re.search(pattern, str(error)))
    return Refusal(next(codes))


def placed(error: Exception) -> Refusal:
    """The refusal of what is no statement or no witness."""
    for code, words in (("divisor", "divides by 0"), ("column", "a column that there is not")):
        if words in str(error):
            return Refusal(code)
    found = re.match(r"(?:witness\.)?(\w+)", str(error))
    assert found
    return Refusal(found[1])


def _turn(
    operator: str, operands: Json, attributes: Json, column: int, turn: int, **given: Json
) -> Example:
    held, reads = value(operands), []
    widths = [len(row) for row in operands]

    def read(operand: int, place: int) -> int:
        if not 0 <= place < widths[operand]:
            raise Refusal("column")
        reads.append([operand, place])
        number = held[operand][place]  # type: ignore[index]  # lists of integers
        assert isinstance(number, int)
        return number

    taken = Turn(column, turn, widths, [int(a) for a in attributes])
    try:
        total = OPERATORS[operator].take(taken, read, int(given["so_far"]))
    except ZeroDivisionError:
        raise Refusal("divisor") from None
    return {"reads": reads, "total": written(total)}


def _bound(operator: str, operands: Json, attributes: Json, **_: Json) -> Example:
    ends = [[[float(int(end)) for end in column] for column in each] for each in operands]
    taken = [Interval(*np.array(each).reshape(-1, 2).T) for each in ends]
    given = [int(a) for a in attributes]
    try:
        OPERATORS[operator].width([len(each) for each in operands], given)
        made = OPERATORS[operator].bound(taken, given)
    except ModelError as error:
        raise coded(error) from None
    pairs = zip(made.least.tolist(), made.most.tolist(), strict=True)
    return {"bounds": [[written(int(least)), written(int(most))] for least, most in pairs]}


def _component(component: Json, secret: str, **_: Json) -> Example:
    try:
        made = Component.parse(encode(value(component)))
    except (ModelError, EncodingError) as error:
        raise coded(error) from None
    outline, ranges = Outline.of(made, bytes_of(secret)), made.ranges[made.program.first :]
    return {
        "bounds": [[written(end) for end in bounds] for bounds in ranges if bounds],
        "root": written(outline.root),
        "salting": written(outline.salting),
        "digest": written(outline.digest),
        "leaf_salt": written(leaf_salt(bytes_of(secret))),
    }


def _plan(program: Json, rows: int, **_: Json) -> Example:
    try:
        plan = Plan(Program.parse(value(program)))
    except ModelError as error:
        raise coded(error) from None
    places = [plan.place(position, rows) for position in range(plan.steps(rows))]
    return {
        "widths": [*plan.program.widths],
        "turns": [*plan.program.turns],
        "rounds": plan.halvings(rows),
        "blocks": plan.blocks(rows),
        "places": [_placed(plan, place, rows) for place in places],
    }


def _placed(plan: Plan, place: Place, rows: int) -> Json:
    full = 0 if place.node is None else plan.full_blocks(place.node, place.number, rows)
    held, salt = plan.live(place.node), plan.salt_of(place, rows, rounds=0)
    return [place.node, place.number, place.turn, full, [*held], salt]


def _run(component: Json, secret: str, opening: str, rounds: int, **quarrel: Json) -> Example:
    handed = bytes_of(secret) + encode(value(component))
    occasion = Occasion(bytes_of(quarrel["request"]), quarrel["step"])
    return {"output": written(execute(handed, bytes_of(opening), rounds, occasion))}


def _salting(key: str, salt: str, request: str, step: int, opponent: str) -> Salting:
    return Salting(
        bytes_of(salt), bytes_of(key), Occasion(bytes_of(request), step, bytes_of(opponent))
    )


def _salts(rounds: int, blocks: Sequence[int], **given: Json) -> Example:
    names = ("key", "salt", "request", "step", "opponent")
    salting = _salting(**{name: given[name] for name in names})
    table = salting.table(rounds, blocks)
    return {
        "output": written(salting.output),
        "claims": [*map(written, table.claims)],
        "outputs": [[*map(written, each)] for each in table.outputs],
        "root": written(table.root),
    }


def _state(
    accumulator: Json, values: Json, peaks: Json, rest: str, salt: str, **_: Json
) -> Example:
    held, grown = (tuple(map(bytes_of, each)) for each in (values, peaks))
    number = value(accumulator)
    assert isinstance(number, int)
    state = State(number, held, grown, bytes_of(rest)).digest
    return {"digest": written(state), "claim": written(claim_of(state, bytes_of(salt)))}


def _rest(salt: str, block: str, **_: Json) -> Example:
    return {"rest": written(rest_of(bytes_of(salt), bytes_of(block)))}


def _append(peaks: Sequence[str], count: int, leaf: str, **_: Json) -> Example:
    grown = append([*map(bytes_of, peaks)], count, bytes_of(leaf))
    return {"grown": [*map(written, grown)], "root": written(peaks_root(grown))}


def _begin(statement: Json, api: str, number: int, step: int, **given: Json) -> Example:
    part = Part(b"", (), bytes_of(given["leaf"]))
    steps, rounds = [part] * (step + 1), given["rounds"]
    terms = Terms(api, number, b"", {}, steps, 1, [], 0, [], 0, 0, [rounds] * (step + 1))
    links = [b""] * step + [*map(bytes_of, given["links"])]
    made = Request(bytes_of(given["request"]), b"", b"", terms, 0, 0, links, disputed=step)
    try:
        stated = _parse(made, encode(value(statement)))
    except WitnessError as error:
        raise placed(error) from None
    game = stated.game(rounds)
    return {"steps": game.steps, "start": written(game.start), "end": written(game.end)}


def _complain(statement: Json, rounds: int, **given: Json) -> Example:
    stated = Statement.parse(encode(value(statement)))
    return {"wrong": stated.salting(rounds).are_wrong(_salting(**_without(given, "wrong")), rounds)}


def _without(given: Json, *names: str) -> Json:
    return {name: part for name, part in given.items() if name not in names}


def _take(outline: Json, rows: int, salts: str, rounds: int, **given: Json) -> Example:
    held = Outline.parse(value(outline))
    bound = Bound.of(held, rows, bytes_of(salts), rounds)
    since, witness = given["since"], encode(value(given["witness"]))
    try:
        before, after = take_step(bound, given["position"], (since[0], since[1]), witness)
    except WitnessError as error:
        raise placed(error) from None
    return {"before": written(before), "after": written(after)}


def _judge(
    outline: Json, input: Json, output: str, salts: str, rounds: int, **given: Json
) -> Example:
    held, bound = Outline.parse(value(outline)), parse_given(value(input))
    game = Game.padded(held, bound, bytes_of(output), bytes_of(salts), rounds)
    start, halved = game.start, []
    for state, same in given["moves"]:
        game.claim(bytes_of(state))
        game.answer(same)
        ends = game.low, written(game.at_low), game.high, written(game.at_high)
        halved.append([*ends, *game.since])
    shown = given["witness"]
    try:
        game.show(b"" if shown is None else encode(value(shown)))
    except WitnessError as error:
        words = {"it does not open": "before", "past the end": "past"}
        codes = [code for said, code in words.items() if said in str(error)]
        raise (Refusal(*codes) if codes else placed(error)) from None
    told = {"start": written(start), "halved": halved}
    return told | {"holds": game.verdict is Verdict.RIGHT}


class TestExamples(Examples):
    page, does = (
        PAGE,
        {
            "turn": _turn,
            "bound": _bound,
            "component": _component,
            "plan": _plan,
            "run": _run,
            "salts": _salts,
            "state": _state,
            "rest": _rest,
            "append": _append,
            "begin": _begin,
            "take": _take,
            "judge": _judge,
            "complain": _complain,
        },
    )

    def changeable(self) -> list[Example]:
        """Where what is stated, and not shown or asked, has no part: there each digit counts."""
        whole = ("turn", "bound", "component", "plan", "salts", "state", "append")
        return [e for e in accepted(PAGE) if e["do"] in whole or (e["do"] == "take" and shows(e))]


def shows(take: Example) -> bool:
    """Whether a step and some of the run's salts are shown."""
    shown = take["witness"]["dict"]
    return shown["step"] is not None and any(shown["salts"])


def test_operators_are_those_of_the_code() -> None:
    told = [row[:3] for row in rows(section(PAGE, "### Operators"))]
    assert told == [
        [f"`{o.name}`", "1 or more" if o.operands is None else str(o.operands), str(o.attributes)]
        for o in OPERATORS.values()
    ]
    shown = {e["operator"] for e in examples(PAGE) if e["do"] == "turn"}
    assert (
        shown == OPERATORS.keys() == {e["operator"] for e in accepted(PAGE) if e["do"] == "bound"}
    )


def test_limits_are_those_of_the_code() -> None:
    told = [int(row[1]) for row in rows(section(PAGE, "### Limits"))]
    assert told == [NODES, OPERANDS, NUMBERS, WIDEST, TURNS, USES, STATEMENT, LARGEST, ROUNDS]
    assert f'"{ARITHMETIC}"' in section(PAGE, "## Components")


def test_each_code_has_an_example() -> None:
    cells = [row[0] for row in rows(section(PAGE, "## What must be refused"))]
    told = {code for cell in cells for code in re.findall(r"`(\w+)`", cell)}
    assert told == {e["refused"] for e in examples(PAGE) if "refused" in e}
