"""The ledger of a hardened marketplace, told as the actions of its machine.

What a ledger does not show (data, components, and whether the parties played well) is not asked
for: a commitment stands for the data behind it, and all else is such that the ledger comes about,
if anything is. What comes later may tell: data that is shown to be bad was published so.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain

import attrs

from checkers.market.audit.due import Due
from checkers.market.audit.left import Left
from checkers.market.audit.retelling import Act, Tale, Touched, body_of
from checkers.market.audit.sparse import Listing
from checkers.market.hardened.view import StandIns, read
from impl.hardened.chance import auditor, drawn, is_audited, seed_of
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase
from impl.hardened.records import Told
from impl.hardened.sealing import unseal
from impl.hardened.terms import Terms
from impl.hardened.view import accounts_shown, requests_shown, shown, versions_shown
from impl.ledger.transaction import ROTATE, MalformedTransaction, Transaction
from spec.bytes.suite import Suite
from spec.hardened import hardened
from spec.hardened import state as sorts
from spec.hardened.state import Market
from spec.notation import Scope
from spec.notation.concrete import Concrete
from spec.notation.sorts import SortType, Value
from spec.notation.words import reading

NOTHING = b""
"""What stands for a party, a version or a request that there is not."""


class _Terms(dict[bytes, Terms]):
    """The terms of versions, and of what is none."""

    def __missing__(self, root: bytes) -> Terms:
        return Terms("", 0, NOTHING, {}, [], 0, [], 0, [0], 0, 0, [])


@attrs.define
class HardenedTale(Tale[Market, HardenedContract]):
    """What there is on a hardened ledger, and what is supposed of what there is off it.

    Attributes:
        rows: of each transaction that opens a row, by its position, whether it leads to what is
            said.
        wrong: the steps that were found wrong as a whole.
        begun: of each request, the move that began its last quarrel, and what it told the opponent.
        untold: of those moves, the ones that are shown not to tell the opponent what it needs.
        proved: of the transactions that show what else somebody has signed, by their positions,
            that it did.
        about: the positions of the transactions about each request.
    """

    machine = hardened

    rows: dict[int, bool] = attrs.field(factory=dict, init=False)
    wrong: set[tuple[bytes, int]] = attrs.field(factory=set, init=False)
    begun: dict[bytes, tuple[int, Told]] = attrs.field(factory=dict, init=False)
    untold: set[int] = attrs.field(factory=set, init=False)
    proved: dict[int, Act] = attrs.field(factory=dict, init=False)
    about: dict[Value, list[int]] = attrs.field(factory=lambda: defaultdict(list), init=False)
    _listings: dict[bytes, Listing] = attrs.field(factory=dict, init=False)

    def look(self, position: int, transaction: Transaction) -> None:
        body = body_of(transaction)
        request = body.get("request")
        if transaction.kind == "show_fork" and self.final.has_forked(**body):
            self.proved[position] = "fork", (body["party"],)
        if request is None:
            return
        self.about[request].append(position)
        made = self.final.requests[request]
        if body.get("statement") and made.told:
            self.begun[made.id] = position, made.told
        match transaction.kind:
            case "complain":
                begun, told = self.begun[made.id]
                if made.lacks(told, body["secret"], body["salt"], body["key"]):
                    self.untold.add(begun)
            case "expose":
                step, key = body["step"], body["key"]
                executor = made.executors[step]
                claim = self.final.claim(body["evidence"], {executor: key})
                if claim and claim.step == step and claim.contradicts(made):
                    number = self.final.numbers.get((executor, key), 0)
                    self.proved[position] = "equivocate", (request, step, number)
            case "open_step" | "open_row":
                if made.by_row:
                    self.rows[position] = made.row_leads
                is_whole = not made.by_row or not made.terms.rounds[made.disputed]
                if is_whole and not made.reproduced:
                    self.wrong.add((made.id, made.disputed))

    # What is agreed, and what there is

    @cached_property
    def terms(self) -> Mapping[bytes, Terms]:
        """Of each version; there is nothing to any other."""
        found = _Terms()
        for said in self.said:
            with suppress(MalformedTransaction):  # it is none that the ledger should have
                if said.kind == "propose":
                    terms = Terms.parse(body_of(said).get("terms"))
                    found[terms.root] = terms
        return found

    @property
    def suite(self) -> Suite:
        """How identifiers and chance are computed."""
        return self.final.charter.suite

    @cached_property
    def parties(self) -> Sequence[bytes]:
        """Who has an account, speaks, keeps the ledger or witnesses it."""
        authors = (transaction.author for transaction in self.said)
        charter, node = self.final.charter, self.genesis.node
        return [*dict.fromkeys([*charter.purses, node, *charter.witnesses, *authors])]

    @property
    def members(self) -> Sequence[bytes]:
        """Who provides or holds anything: nobody else has to agree to a version."""
        found: dict[bytes, None] = {}
        for terms in self.terms.values():
            found |= dict.fromkeys(terms.shares)
            found |= dict.fromkeys(party for part in terms.steps for party in part.holders)
        return [*found]

    @cached_property
    def steps(self) -> int:
        """The most steps of a version."""
        return max((len(each.steps) for each in self.terms.values()), default=1)

    def scope(self) -> Scope:
        terms = self.terms.values()
        return Scope(
            sizes={
                sorts.Step: self.steps + 2,  # one past the last, and one that no version has
                sorts.Attempt: max((each.spares for each in terms), default=0) + 2,
                sorts.Chance: 2,
                sorts.Key: sum(said.kind == ROTATE for said in self.said) + 1,
                sorts.Round: max((max(each.rounds) for each in terms), default=0) + 1,
                sorts.Time: self.final.charter.agreeing + 1,
                # What has been earned is counted, and no transaction earns more than there is.
                sorts.Money: self.final.money() * (len(self.said) + 2) + 1,
                sorts.Percent: 101,
            },
            universe={
                sorts.Party: [NOTHING, *self.members],
                sorts.Api: [""],
                sorts.Version: [NOTHING],
                sorts.Component: [NOTHING],
                sorts.Data: [None],
                sorts.Commitment: [None],
                sorts.Seed: [NOTHING],
                sorts.Request: [NOTHING],
            },
        )

    def domain(self, position: int) -> Concrete:
        """It looks at the steps and the parties of the version that a transaction is about.

        To anybody else the version says nothing, and so nothing that is asked of them can be false.
        """
        body = body_of(self.said[position])
        match body:
            case {"request": bytes(request)} if request in self.final.requests:
                return self._listing(self.final.requests[request].version)
            case {"version": bytes(root)} if root in self.terms:
                return self._listing(root)
        return self.whole

    def _listing(self, root: bytes) -> Listing:
        """What looks at the steps and the parties of a version."""
        if root not in self._listings:
            terms = self.terms[root]
            held = [(i, party) for i, part in enumerate(terms.steps) for party in part.holders]
            listed: dict[tuple[SortType, ...], Sequence[tuple[Value, ...]]] = {
                (sorts.Step,): [(i,) for i in range(len(terms.steps))],
                (sorts.Party,): [(party,) for party in terms.shares],
                (sorts.Step, sorts.Party): held,
            }
            self._listings[root] = Listing(self.whole.scope, listed)
        return self._listings[root]

    def free(self) -> Mapping[str, Value]:
        terms, suite = self.terms, self.suite
        windows, agreeing = self.final.charter.windows, self.final.charter.agreeing
        purses = self.final.charter.purses
        return {
            "balance": {p: purses.get(p, 0) for p in [NOTHING, *self.parties, *self.members]},
            "purse": lambda p: purses.get(p, 0),
            "api": lambda m: terms[m].api,
            "provider": lambda m: terms[m].provider,
            "contributes": lambda m, p: p in terms[m].shares,
            "share": lambda m, p: terms[m].shares.get(p, 0),
            "last": lambda m: max(len(terms[m].steps) - 1, 0),
            "component": lambda m, i: NOTHING,
            "holder": lambda m, i, p: p in terms[m].holders(i),
            "spares": lambda m: terms[m].spares,
            "cost": lambda m, i: terms[m].costs[min(i, len(terms[m].steps))],
            "stake": lambda m: terms[m].stake,
            "toll": lambda m: terms[m].toll,
            "rounds": lambda m, i: terms[m].rounds[i],
            "contributor": lambda m, i: terms[m].contributor(i),
            "true": lambda m, i: True,
            "takes": lambda m, i, d: d is not None,
            "gives": lambda m, i, d: d is not None,
            "window": lambda phase: windows[Phase[phase.name]] if phase.value else 0,
            "agreeing": lambda m: agreeing,
            "opens": lambda x: x,
            "run": self._run,
            "rerun": self._run,
            "drawn": lambda m, i, b, a: _drawn(suite, terms[m], int(i), b, int(a)),
            "checks": lambda m, i, b, p: auditor(suite, terms[m], b, int(i), p),
            "audited": lambda b, i: is_audited(suite, b, int(i)),
        }

    def _run(self, part: bytes, data: tuple[bytes, int, bytes] | None) -> Value:
        """What is committed to as the output of a step, unless that was found wrong."""
        if data is None:
            return None
        request, step, _ = data
        made = self.final.requests.get(request)
        links = made.links if made else []
        right = (request, step) not in self.wrong and step + 1 < len(links)
        return (request, step + 1, links[step + 1]) if right else None

    def shown(self, contract: HardenedContract, touched: Touched | None) -> Mapping[str, Value]:
        if touched is None:
            return read(shown(contract), _stand_ins(contract.requests, self.parties))
        requests, parties = touched.get(sorts.Request, ()), touched.get(sorts.Party, ())
        view = {
            **versions_shown(contract, touched.get(sorts.Version, ())),
            **requests_shown(contract, requests),
            **accounts_shown(contract, parties),
            "current": {api: m for api, m in contract.current.items() if api[0] in parties},
            "treasury": {(): contract.treasury},
        }
        return read(view, _stand_ins(requests, parties))

    def roles(self) -> Iterator[tuple[bytes, str]]:
        charter = self.final.charter
        yield from ((charter.beacon, "beacon"), (charter.clock, "clock"))
        for terms in self.terms.values():
            yield from ((party, "provider") for party in (terms.provider, *terms.shares))
        for terms in self.terms.values():
            yield from ((party, "vendor") for part in terms.steps for party in part.holders)
        yield from ((made.consumer, "consumer") for made in self.final.requests.values())

    def open(self, spec: Market) -> Iterator[Due]:
        with reading(self.whole):
            yield from Left(spec, self.final.now, self.final.charter.beacon).to_do()

    def money(self, spec: Market) -> Iterator[Due]:
        shares = {root: terms.shares for root, terms in self.terms.items()}
        with reading(self.whole):
            yield from Left(spec, self.final.now, self.final.charter.beacon).to_collect(shares)

    # The actions

    def acts(self, position: int, transaction: Transaction) -> Iterator[Act]:
        kind = transaction.kind
        names = _PARAMETERS.get(kind, "request").split()
        args = tuple(self._parameter(name, position, transaction) for name in names)
        if position in self.proved:
            yield self.proved[position]
        yield kind, args

    def _parameter(self, name: str, position: int, transaction: Transaction) -> Value:
        """A parameter of a transaction's action: a field of its body, or what that stands for."""
        body = body_of(transaction)
        match name:
            case "author":
                return transaction.author
            case "root":
                return Terms.parse(body["terms"]).root
            case "party":
                return body["party"] if body["party"] in self.parties else NOTHING
            case "step":
                return body["step"] if body["step"] in range(self.steps) else self.steps + 1
            case "input":
                return body["request"], 0, body["input"]
            case "output":
                return body["request"], body["step"] + 1, body["output"]
            case "seed" | "lot":
                return seed_of(self.suite, body["beacon"], body["request"])
            case "sound":
                return self._is_sound(position)
            case "told":
                return position not in self.untold
            case "first":
                return self._row(position, True)
            case "same":
                # Whatever the opponent said: that a row leads of a step that is wrong shows that it
                # went on with the half that does. In the machine that is the first, and the other.
                return body["same"] and not self._row(position, False)
        return body[name]

    def _is_sound(self, position: int) -> bool:
        """Whether what is published with a transaction was not shown to be bad, or wrongly so."""
        shown = self._shown_after.get(position, position)
        if self.said[shown].kind not in _SHOWN:
            return True
        published, secret = body_of(self.said[position]), body_of(self.said[shown])["secret"]
        request = published["request"]
        before = self.about[request][: bisect_left(self.about[request], position)]
        turn = sum(self.said[at].kind == "record" for at in before)
        return self.final.requests[request].opens(turn, unseal(secret, published["sealed"]))

    @cached_property
    def _shown_after(self) -> Mapping[int, int]:
        """After each that publishes, the next one that publishes, or shows it bad."""
        return dict(self._following("publish", {"publish", *_SHOWN}))

    def _row(self, position: int, unopened: bool) -> bool:
        """Whether the row leads that a quarrel came down to; something else, if none is opened."""
        return self.rows.get(self._row_after.get(position, -1), unopened)

    @cached_property
    def _row_after(self) -> Mapping[int, int]:
        """After each that narrows down, the next one that opens a row, or begins a dispute."""
        quarrels = (self._following(kind, {"open_row", *_DOUBTED}) for kind in ("narrow", "answer"))
        return dict(chain.from_iterable(quarrels))

    def _following(self, kind: str, kinds: Collection[str]) -> Iterator[tuple[int, int]]:
        """Of transactions of a kind, the position of the next of some kinds about the request."""
        for positions in self.about.values():
            following = None
            for position in reversed(positions):
                if self.said[position].kind == kind and following is not None:
                    yield position, following
                if self.said[position].kind in kinds:
                    following = position

    def evidence(self, position: int, spec: Market) -> Sequence[int]:
        verdict, body = self.said[position], body_of(self.said[position])
        about = self.about[body.get("request")]
        before = [(at, self.said[at]) for at in about[: bisect_left(about, position)]]
        if verdict.kind in _ABOUT_A_STEP:
            step = body.get("step", spec.disputed[body["request"]])
            before = [(at, t) for at, t in before if t.kind != "record" or t.body["step"] == step]
        if verdict.kind == "complain":  # the opponent is told with what is stated, and once
            before = [(at, t) for at, t in before if t.kind != "narrow" or t.body["statement"]]
        found = [-1]
        for kinds in _RESTS_ON[verdict.kind]:
            last = [at for at, transaction in before if transaction.kind in kinds][-1:]
            found += [at for at in last if at > found[-1]]
        return found[1:]


_SHOWN = ("show_bad", "show_bad_input")
_DOUBTED, _OPENED = ("dispute", "audit"), ("open_step", "open_row")
_RESTS_ON: Mapping[str, Sequence[Sequence[str]]] = {
    "replace": [("assign",), ("publish",)],
    "give_up": [("assign",), ("publish",)],
    "withhold": [("record",), ("demand",)],
    "withhold_input": [("request",), ("demand",)],
    "show_bad": [("record",), ("demand",), ("publish",)],
    "show_bad_input": [("request",), ("demand",), ("publish",)],
    "refuse_to_open": [("record",), _DOUBTED, ("answer",)],
    "uphold": [("record",), _DOUBTED, _OPENED],
    "complain": [("record",), _DOUBTED, ("narrow",)],
    "expose": [("record",)],
    "show_fork": [],  # that is all in it
}
"""By the kind that convicts, what it rests on: in turn, the last of each of these kinds."""
_ABOUT_A_STEP = ("refuse_to_open", "uphold", "complain", "expose")
"""Those that convict the executor of some step, and not of the last one."""
_PARAMETERS: Mapping[str, str] = {
    "propose": "author root",
    "sign": "author version",
    "acknowledge": "author version step",
    "reject": "author version step",
    "activate": "version",
    "retire": "author version",
    "request": "author request version input",
    "route": "request seed",
    "draw_lots": "request lot",
    "assign": "request author",
    "pass_over": "request holder",
    "abandon": "request holder",
    "record": "author request output",
    "demand": "author request",
    "publish": "request sound",
    "dispute": "author request step",
    "audit": "request step",
    "narrow": "request first told",
    "open_row": "request",
    "answer": "request same",
    "expose": "request step",
    "show_fork": "party",
    ROTATE: "author",
    "deposit": "author amount",
    "withdraw": "author amount",
    "collect": "request step",
    "collect_share": "author version",
    "tick": "",
}
"""The parameters of each kind's action, where they are not just the request."""


def _stand_ins(requests: Collection[bytes], parties: Collection[bytes]) -> StandIns:
    """What stands for what a contract holds: itself."""
    return StandIns(
        requests={name: name for name in requests},
        link=lambda request, step, commitment: (request, step, commitment),
        seed=lambda _, seed: seed,
        lot=lambda _, lot: lot,
        parties=parties,
    )


def _drawn(suite: Suite, terms: Terms, step: int, seed: bytes, attempt: int) -> bytes:
    """Whom chance draws; when nobody is left, just anybody."""
    holders = terms.holders(step)
    return drawn(suite, holders, seed, step, attempt) if attempt < len(holders) else terms.provider
