"""What is secret is proved to have no influence on what shows, and where it has, that is found."""

import json
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import pytest

from checkers.cli import FAILED, OK, UNKNOWN, USAGE, main
from checkers.market.subjects import AnyMachine
from checkers.prove.concealment import Concealment, untouched
from checkers.prove.copies import FITS, REFUSED, TAKEN, can_differ
from checkers.prove.secrets import conceal_given
from spec.basic import basic
from spec.hardened import ablated, hardened
from spec.hardened.state import Hardening, Market
from spec.notation import (
    Action,
    Fun,
    Machine,
    MachineError,
    Map,
    Ordinal,
    Refused,
    Secrecy,
    Sort,
    action,
    forall,
    ite,
    not_,
    require,
    state,
    total,
)
from spec.notation.machine import Refusals
from spec.notation.sorts import Value
from spec.orchestrated import orchestrated

# A machine whose secrets are easily seen


class Page(Sort):
    pass


class Word(Sort):
    pass


class Number(Ordinal):
    pass


@state
class Diary:
    cipher: Fun[[Word], Word]
    wealth: Fun[[Page], Number]
    written: Map[Page, Word]
    locked: Map[Page, bool]
    used: Map[Page, bool]
    shown: Map[Page, Word]
    counted: Map[Page, Number]
    sum: Number


def init(s: Diary) -> None:
    found(s)
    s.written.reset()
    s.used.fill(False)


def found(s: Diary) -> None:
    """What was written before is there."""
    s.locked.fill(True)
    s.shown.reset()
    s.counted.fill(Number(0))
    s.sum = Number(0)


def rich(s: Diary) -> None:
    init(s)
    s.counted.fill_by(lambda p: s.wealth(p))
    s.sum = total(s.counted)


@action
def write(s: Diary, p: Page, w: Word) -> None:
    require(s.written[p] != w, "word is new")

    s.written[p] = s.cipher(w)
    s.used[p] = True


@action
def move(s: Diary, p: Page, q: Page) -> None:
    require(s.used[p], "page is used")

    s.written[q] = s.written[p]
    s.used[q] = True


@action
def show(s: Diary, p: Page) -> None:
    require(not_(s.locked[p]), "page is not locked")

    s.shown[p] = s.written[p]


@action
def guess(s: Diary, p: Page, w: Word) -> None:
    require(s.written[p] == w, "guess is right")


@action
def encode(s: Diary, p: Page, w: Word) -> None:
    s.shown[p] = s.cipher(w)


@action
def boast(s: Diary, p: Page) -> None:
    s.locked.fill_by(lambda q: s.written[p] == s.written[q])


@action
def bluff(s: Diary, p: Page, w: Word) -> None:
    require((s.written[p] == s.shown[p]) & (w == w), "word was shown")


def pages_are_locked(s: Diary) -> bool:
    return forall(Page, lambda p: s.locked[p])


def everything(s: Diary, p: Page) -> Word:
    return s.written[p]


def legible(s: Diary, p: Page) -> bool:
    return s.written[p] == s.shown[p]


WRITING = ((write, "w"), (bluff, "w"))


@action
def ask(s: Diary, p: Page, w: Word) -> None:
    require(s.written[p] != w, "word is not the one that is written")
    require(s.locked[p] & not_(s.locked[p]), "page is locked and is not")


@action
def try_out(s: Diary, p: Page, w: Word) -> None:
    """Some word that nobody sees is never refused, whatever is written."""
    require((s.written[p] == w) | s.used[p], "word is right, or the page is used")


@action
def look(s: Diary, p: Page) -> None:
    require(s.used[p], "page is used")


def known(s: Diary) -> None:
    init(s)
    require(forall(Page, lambda p: s.counted[p] == s.wealth(p)), "wealth is known")


def as_shown(s: Diary) -> None:
    """What is secret is required to be what shows, in fields that `init` leaves alone."""
    require(forall(Page, lambda p: s.written[p] == s.shown[p]), "what is written shows")


def as_it_was(s: Diary) -> None:
    """The same of a field that is overwritten afterwards."""
    require(forall(Page, lambda p: s.written[p] == s.shown[p]), "what is written showed")
    s.shown.reset()


def bound_to(s: Diary) -> None:
    require(forall(Page, lambda p: s.written[p] == s.cipher(s.written[p])), "cipher keeps it")


def diary(
    *actions: Action[Diary], secret: Sequence[str] = ("written", "cipher"), **more: object
) -> Machine[Diary]:
    private = [(act, name) for act, name in WRITING if act in actions]
    said = Secrecy(secret, private, **{"alike": (), **more})  # type: ignore[arg-type]  # by name
    return Machine("diary", Diary, init, actions, secrecy=said)


def broken(result: Concealment[Any]) -> set[tuple[str, str]]:
    return {(o.action, o.what) for o in result.obligations if o.status == "broken"}


def test_a_machine_that_gives_nothing_away_is_proved() -> None:
    result = conceal_given(diary(write, move), confirmed=True)
    assert result.status == "proved"
    assert set(result.answers.values()) == {"unsat"}
    visible = ["locked", "used", "shown", "counted", "sum"]
    expected = [("init", can_differ(secret)) for secret in ("written", "cipher", "write.w")]
    expected += [("init", FITS), *(("init", name) for name in visible)]
    for act, why in (("write", "word is new"), ("move", "page is used")):
        expected += [(act, what) for what in (TAKEN, *visible)]
        expected += [(act, REFUSED)] * (act == "write")  # which has a secret parameter
        expected += [(act, f"{REFUSED}: {why}")]
    assert [(o.action, o.what) for o in result.obligations] == expected


@action
def tell(s: Diary, p: Page, w: Word) -> None:
    s.shown[p] = w


def test_where_private_parameters_alone_differ_it_is_said() -> None:
    said = Secrecy[Diary](("written",), ((tell, "w"),))
    told = str(conceal_given(Machine("diary", Diary, init, (tell,), secrecy=said)))
    assert "of which only private parameters make two runs\ntell(" in told
    assert "differs in\ntell(" not in told


@pytest.mark.parametrize(
    ("leak", "what"),
    [
        (show, "shown"),  # directly
        (guess, TAKEN),  # by what can be done
        (encode, "shown"),  # by a secret function
        (boast, "locked"),  # to everything at once
        (bluff, TAKEN),  # whatever secret parameter is given
    ],
)
def test_leaks_are_found(leak: Action[Diary], what: str) -> None:
    machine = diary(write, move, leak)
    result = conceal_given(machine)
    assert result.status == "broken"
    refused = {("bluff", REFUSED)} if leak is bluff else set()  # in the one, and not in the other
    assert broken(result) == {(leak.name, what), *refused}
    assert conceal_given(diary(write, move, leak, leaks=(leak,))).status == "proved"


@pytest.mark.parametrize("leak", [show, guess, encode, boast, bluff])
def test_leaks_happen(leak: Action[Diary]) -> None:
    """Both states look the same; the action can be taken in both, or what it leaves shows."""
    machine = diary(leak)
    obligation = next(o for o in conceal_given(machine).obligations if o.leak)
    found = obligation.leak
    assert found is not None
    visible = [f for name, f in machine.fields.items() if name not in ("written", "cipher")]
    cells = [(f, key) for f in visible for key in found.scope.keys(f)]

    def seen(s: Diary) -> list[Value]:
        return [machine.cell(s, field, key) for field, key in cells]

    def after(s: Diary, args: Sequence[Value]) -> list[Value] | None:
        later = machine.copy(s)
        try:
            machine.apply(leak, later, args, found.scope)
        except Refused:
            return None
        return seen(later)

    one, other = found.states
    assert seen(one) == seen(other)
    assert after(one, found.args[0]) != after(other, found.args[1])
    assert (after(other, found.args[1]) is None) == (obligation.what == TAKEN)
    assert any(line.startswith(f"{leak.name}(") for line in found.lines())


def test_what_is_proved_can_be_relied_on() -> None:
    machine = attrs.evolve(diary(write, show), always=(pages_are_locked,))
    assert conceal_given(machine).status == "broken"
    assert conceal_given(machine, kept=["pages_are_locked"]).status == "proved"


def test_what_is_given_away_on_purpose_is_no_leak() -> None:
    assert conceal_given(diary(bluff)).status == "broken"
    given_away = attrs.evolve(diary(bluff, alike=(legible,)), init=found)
    assert conceal_given(given_away).status == "proved"


def test_a_secret_that_is_given_away_whole_is_none() -> None:
    result = conceal_given(diary(write, show, alike=(everything,)))
    assert not broken(result)
    assert result.status == "undecided"  # it was no proof of anything


def test_what_no_action_writes_is_no_secret_if_every_start_gives_it_the_same() -> None:
    """The one secret is a function; the other is the same in every run."""
    result = conceal_given(diary(bluff, alike=(legible,)))
    lost = {o.what for o in result.obligations if o.status != "proved"}
    assert lost == {can_differ("written")}
    assert result.status == "undecided"


class Choice(Enum):
    NONE = 0
    YES = 1
    NO = 2


@state
class Booth:
    announced: Map[Page, Choice]
    ballot: Map[Page, Choice]
    tally: Map[Page, Choice]


def empty(s: Booth) -> None:
    s.announced.fill(Choice.NONE)
    s.ballot.fill(Choice.NONE)
    s.tally.fill(Choice.NONE)


@action
def announce(s: Booth, p: Page, c: Choice) -> None:
    s.announced[p] = c


@action
def vote(s: Booth, p: Page, c: Choice) -> None:
    s.ballot[p] = c


@action
def vote_as_announced(s: Booth, p: Page, c: Choice) -> None:
    require(c == s.announced[p], "as announced")
    s.ballot[p] = c


@action
def vote_in_turn(s: Booth, p: Page) -> None:
    s.ballot[p] = ite(s.ballot[p] == Choice.YES, Choice.NO, Choice.YES)


@action
def count(s: Booth, p: Page, q: Page) -> None:
    s.tally[p] = s.ballot[q]


@action
def vote_never(s: Booth, p: Page, c: Choice) -> None:
    require((c == Choice.YES) & (c == Choice.NO), "yes and no")
    s.ballot[p] = c


def booth(*actions: Action[Booth], private: bool, **more: Any) -> Machine[Booth]:
    own = [(act, "c") for act in actions if private and act is not announce and act is not count]
    said = Secrecy[Booth](("ballot", "tally"), own, refusals="unseen")
    return Machine("booth", Booth, empty, actions, secrecy=said, **more)


def lost(machine: Machine[Booth]) -> tuple[str, set[str]]:
    result = conceal_given(machine)
    return result.status, {o.what for o in result.obligations if o.status != "proved"}


def test_a_secret_differs_where_a_secret_parameter_gets_into_it() -> None:
    """By one action, or by another that reads what that one wrote."""
    assert lost(booth(vote, count, private=True)) == ("proved", set())
    assert lost(booth(vote, private=True)) == ("undecided", {can_differ("tally")})


@pytest.mark.parametrize(
    ("actions", "private", "never"),
    [
        ((vote,), False, []),  # whoever sees it voted knows the vote
        ((announce, vote_as_announced), True, ["vote_as_announced.c"]),
        ((vote_in_turn,), False, []),
    ],
)
def test_what_everybody_can_work_out_is_no_secret(
    actions: Sequence[Action[Booth]], private: bool, never: Sequence[str]
) -> None:
    status, what = lost(booth(*actions, count, private=private))
    assert status == "undecided"
    assert what == {can_differ(name) for name in ("ballot", "tally", *never)}


def test_of_a_machine_that_does_nothing_no_secret_is_kept() -> None:
    result = conceal_given(booth(vote_never, private=True))
    assert (result.status, result.vacuous) == ("broken", "no action is ever possible")
    assert result.never == ["vote_never"]

    def nowhere(s: Booth) -> None:
        require(forall(Page, lambda p: s.ballot[p] != s.ballot[p]), "never")
        empty(s)

    result = conceal_given(attrs.evolve(booth(vote, private=True), init=nowhere))
    assert (result.status, result.vacuous) == ("broken", "no state is initial")


@state
class Tied:
    """A secret function, and one that shows."""

    told: bool
    secret: Fun[[Page], bool]
    shown: Fun[[Page], bool]


def nothing_told(s: Tied) -> None:
    s.told = False


@action
def reveal(s: Tied, p: Page) -> None:
    s.told = s.secret(p)


def the_opposite(s: Tied) -> bool:
    return forall(Page, lambda p: s.shown(p) == not_(s.secret(p)))


TIED = Machine(
    "tied",
    Tied,
    nothing_told,
    (reveal,),
    assumptions=(the_opposite,),
    secrecy=Secrecy(("secret",)),
    sizes={Page: 2},
)


@pytest.mark.parametrize(
    ("start", "secret", "status"),
    [
        (as_shown, ["written"], "broken"),
        (as_shown, ["written", "shown"], "proved"),  # nothing of it shows
        (as_it_was, ["written"], "undecided"),  # it is so, and not proved
        (bound_to, ["written", "cipher"], "proved"),  # secrets may be bound to one another
        (bound_to, ["written"], "broken"),  # but not to what shows, though it never changes
    ],
)
def test_what_shows_at_the_start_says_nothing_of_secrets(
    start: Callable[[Diary], None], secret: list[str], status: str
) -> None:
    result = conceal_given(attrs.evolve(diary(move, secret=secret), init=start))
    assert result.status == status
    assert broken(result) == ({("init", FITS)} if status == "broken" else set())
    [fits] = [o for o in result.obligations if o.what == FITS]
    assert fits.status == status
    if fits.leak:
        why = "what is written shows" if start is as_shown else "cipher keeps it"
        assert f"the machine cannot start in the second: {why}" in fits.leak.lines()[-1]


def test_an_assumption_ties_no_secret_to_what_shows() -> None:
    tied = attrs.evolve(TIED, assumptions=())
    assert broken(conceal_given(tied)) == {("reveal", "told")}  # the function itself is told
    assert broken(conceal_given(TIED)) == {("init", FITS)}  # or what it must be is known


def test_what_is_given_away_at_the_start_may_show() -> None:
    machine = attrs.evolve(diary(move, secret=["written"], alike=(everything,)), init=as_shown)
    assert not broken(conceal_given(machine))


@pytest.mark.parametrize(
    ("act", "refusals", "what"),
    [
        # Taken by nobody, so that only refusals can speak.
        (ask, "unseen", None),
        (ask, "seen", None),
        (ask, "reasons", f"{REFUSED}: word is not the one that is written"),
        # Refused in both whatever is secret.
        (look, "reasons", None),
    ],
)
def test_refusals_tell_what_the_author_says_is_seen(
    act: Action[Diary], refusals: Refusals, what: str | None
) -> None:
    result = conceal_given(diary(write, act, refusals=refusals))
    leaking = {o.what for o in result.obligations if o.status == "broken"}
    assert (what in leaking) if what else not leaking
    assert result.status == ("broken" if what else "proved")
    for found in (o.leak for o in result.obligations if o.leak):
        one, other = (line for line in found.lines() if "is not met" in line)
        assert one.replace("first", "") != other.replace("second", "")


@pytest.mark.parametrize(("refusals", "status"), [("unseen", "proved"), ("seen", "broken")])
def test_a_secret_parameter_may_be_refused_in_one_only(refusals: Refusals, status: str) -> None:
    """Whatever is written, some word is taken; where the page is used, none is refused."""
    said = Secrecy[Diary](["written", "used"], [(try_out, "w")], refusals=refusals)
    result = conceal_given(Machine("diary", Diary, found, (try_out,), secrecy=said))
    assert result.status == status
    assert broken(result) == ({("try_out", REFUSED)} if status == "broken" else set())


def test_secrets_that_nothing_touches_are_named() -> None:
    assert untouched(diary(write, move)) == []
    machine = attrs.evolve(diary(look), secrecy=Secrecy(["wealth"]))
    assert untouched(machine) == ["wealth"]
    result = conceal_given(machine)
    assert result.vacuous == "no action reads or writes what is secret"
    assert result.status == "broken"


def test_an_onlooker_that_sees_nothing_is_none() -> None:
    visible = ("locked", "used", "shown", "counted", "sum")
    result = conceal_given(diary(move, secret=("written", "cipher", *visible)))
    assert (result.vacuous, result.status) == ("no field shows", "broken")


@pytest.mark.parametrize(("secret", "status"), [("written", "proved"), ("wealth", "broken")])
def test_sums_tell_what_they_are_of(secret: str, status: str) -> None:
    machine = attrs.evolve(
        diary(write, secret=list(dict.fromkeys(("cipher", "written", secret)))), init=rich
    )
    result = conceal_given(machine)
    assert result.status == status
    leaking = {("init", "counted"), ("init", "sum")}
    assert broken(result) == (leaking if status == "broken" else set())


@pytest.mark.parametrize(
    ("secrecy", "mend"),
    [
        (None, "give it secrecy"),
        (Secrecy(["writen"]), "secret names 'writen'"),
        (Secrecy(["written"], [(write, "x")]), "write has no parameter 'x'"),
    ],
)
def test_secrets_that_are_none_are_refused(secrecy: Secrecy[Diary] | None, mend: str) -> None:
    with pytest.raises(MachineError, match=mend):
        conceal_given(attrs.evolve(diary(write), secrecy=secrecy))


# The marketplace


@pytest.mark.full
def test_the_hardened_ledger_is_independent_of_data_and_components() -> None:
    assert conceal_given(hardened).status == "proved"


@pytest.mark.full
def test_that_it_is_independent_is_confirmed() -> None:
    result = conceal_given(hardened, confirmed=True)
    assert result.status == "proved"
    assert set(result.answers.values()) == {"unsat"}


@pytest.mark.full
@pytest.mark.parametrize("missing", Hardening)
def test_no_hardening_but_salt_matters(missing: Hardening) -> None:
    result = conceal_given(ablated(missing))
    if missing is Hardening.SALT:
        assert broken(result) == {("guess", TAKEN)}
    else:
        assert result.status == "proved"


@pytest.mark.full
def test_opened_steps_are_given_away() -> None:
    """Verdicts and opened rows tell of data, and would be leaks if that were not on purpose."""
    assert hardened.secrecy
    secrecy: Secrecy[Market] = attrs.evolve(hardened.secrecy, alike=())
    result = conceal_given(attrs.evolve(hardened, secrecy=secrecy))
    assert broken(result) == {("open_row", "row_leads"), ("uphold", TAKEN), ("dismiss", TAKEN)}


@pytest.mark.parametrize(
    ("machine", "leaks"),
    [
        # What stands on the ledger, and digests that tell components apart.
        (basic, {"request", "record", "match", "convict"}),
        # Equal data have equal hashes; digests as before.
        (orchestrated, {"request", "match", "convict"}),
    ],
)
@pytest.mark.full
def test_the_papers_ledgers_give_data_away(machine: AnyMachine, leaks: set[str]) -> None:
    result = conceal_given(machine)
    assert set(result.actions("broken")) == leaks
    assert all(o.leak for o in result.obligations if o.status == "broken")
    assert result.status == "proved"  # as it must be found to leak


# The command line


def run(*arguments: str) -> object:
    with pytest.raises(SystemExit) as exit_:
        main(["conceal", *arguments])
    return exit_.value.code


def test_exit_status_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "found.json"
    assert run("basic", "--json", str(file)) == OK
    assert "request (must leak)" in capsys.readouterr().out
    found = json.loads(file.read_text())
    assert found["verdict"] == "proved"
    assert found["private"] == ["deploy.c", "request.d", "record.d", "record.o"]
    leaking = {o["action"] for o in found["obligations"] if o["status"] == "broken"}
    assert leaking == set(found["leaks"])
    assert run("ledger") == USAGE
    assert capsys.readouterr().err.count("\n") == 1
    here = "tests.prove.test_secrets"
    assert run(f"{here}:LEAKING") == FAILED
    assert "only the first can take it" in capsys.readouterr().out
    assert run(f"{here}:LOCKED", "--no-confirm") == OK  # by what is proved of it
    assert run(f"{here}:VOID") == UNKNOWN


LEAKING = diary(guess)
LOCKED = attrs.evolve(diary(write, show), always=(pages_are_locked,))
VOID = diary(write, alike=(everything,))


# What can be taken tells of a secret


@state
class Purse:
    coins: Number


def filled(s: Purse) -> None:
    s.coins = s.coins


@action
def spend(s: Purse) -> None:
    s.coins -= 1


@action
def earn(s: Purse) -> None:
    s.coins += 1


@pytest.mark.parametrize("act", [spend, earn])
def test_what_leaves_its_sort_tells(act: Action[Purse]) -> None:
    purse = Machine("purse", Purse, filled, (act,), secrecy=Secrecy(("coins",)))
    found = conceal_given(purse)
    assert [o.what for o in found.obligations if o.status == "broken"] == [TAKEN]


# What is relied on may leave nothing to be proved


class Letter(Sort):
    pass


@state
class Box:
    inside: Letter
    shown: Letter
    opened: bool


def closed(s: Box) -> None:
    s.shown = s.inside
    s.opened = False


@action
def uncover(s: Box) -> None:
    require(s.opened, "box is open")
    s.shown = s.inside


def stays_closed(s: Box) -> bool:
    return not_(s.opened)


def test_nothing_is_concealed_where_nothing_happens() -> None:
    """No action is possible where that holds which is relied on: nothing was checked."""
    box = Machine(
        "box", Box, closed, (uncover,), lemmas=(stays_closed,), secrecy=Secrecy(("inside", "shown"))
    )
    opened = attrs.evolve(box, secrecy=Secrecy(("inside",)))
    assert conceal_given(box, ()).vacuous != "no action is ever possible"
    found = conceal_given(opened, ("stays_closed",))
    assert found.vacuous == "no action is ever possible"
    assert found.failed
