"""Faults of the hardened market that were found and mended, each put back by the smallest change.

What is changed is a function. One fault was in what a class is made of, and is not here: a block
remembered its own hash, which one that was read from a checkpoint lacked. Of that,
`tests/impl/test_checkpoint.py` alone tells.

    .venv/bin/python -m tests.support.relapses FILE STORIES --worlds 30

makes the table of what finds each (`tests.support.faulty`): of worlds with corrupted parties, or of
what is scripted. `tests/adversaries/faults.json` is such a file.
"""

from tests.support.changes import Change
from tests.support.faulty import Fault, tabulate
from tests.support.program import run

_DISPUTE = "impl.hardened.dispute:Disputing"
_EXECUTION = "impl.hardened.execution:Executing"
_STATE = "impl.hardened.state:MarketState"
_PARTIES = "impl.hardened.parties"
_MEMBER = f"{_PARTIES}.member:Member"
_CORRESPONDENT = f"{_PARTIES}.correspondent:Correspondent"
_VENDOR = f"{_PARTIES}.vendor:Vendor"
_CONSUMER = f"{_PARTIES}.consumer:Consumer"
_PROVIDER = f"{_PARTIES}.provider:Provider"
_NODE = f"{_PARTIES}.node:Node"
_HEARING = f"{_PARTIES}.hearing:Hearing"
_ROBBED = "tests/impl/test_robbed.py::test_"
_HOSTILE = "tests/impl/test_hostile_hardened.py::test_"
_KEEPER = "impl.ledger.witness:Keeper"
_WITNESS = "tests/impl/test_witness.py::test_"
_ATTACKS = "tests/adversaries/test_hardened_attacks.py::test_"
_ACCOUNTS = "tests/impl/test_accounts.py::test_"


def _fault(name: str, place: str, old: str, new: str, test: str = "") -> Fault:
    return Fault(name, [Change(place, old, new)], test)


FAULTS = (
    # What honest parties took on
    _fault(
        "a vendor takes steps whose toll is above its wage",
        f"{_VENDOR}.is_paid",
        "wage >= terms.toll + LEAST_WAGE and ",
        "",
        f"{_ROBBED}a_vendor_takes_no_step_whose_toll_is_above_its_wage",
    ),
    _fault(
        "a vendor puts up a stake out of proportion to its wage",
        f"{_VENDOR}.is_paid",
        " and terms.stake * lasts <= MOST_STAKE * wage",
        "",
        f"{_ROBBED}a_vendor_puts_up_no_stake_out_of_proportion_to_its_wage",
    ),
    _fault(
        "a cheap request binds a bond for as long as a quarrel takes",
        f"{_VENDOR}.is_paid",
        "terms.stake * lasts <=",
        "terms.stake <=",
        f"{_ROBBED}a_vendor_puts_up_no_stake_out_of_proportion_to_its_wage",
    ),
    _fault(
        "a vendor takes a step without the toll of a demand in its purse",
        f"{_VENDOR}.execute",
        "short = toll - self.spare",
        "short = 0",
        f"{_ROBBED}a_vendor_that_put_all_it_has_into_its_bond_can_still_demand",
    ),
    _fault(
        "a consumer spends its last money on the price",
        f"{_PARTIES}.consumer:needed",
        "terms.price + TOLLS * terms.toll",
        "terms.price",
        f"{_ROBBED}a_consumer_keeps_what_it_may_have_to_pay_beside_the_price",
    ),
    _fault(
        "parties take on more than they can serve in time",
        f"{_CORRESPONDENT}.has_room",
        "return ",
        "return True or ",
        f"{_ROBBED}who_sees_that_the_ledger_is_slow_takes_nothing_on_for_a_while",
    ),
    _fault(
        "a provider guarantees more requests than can be served in time",
        f"{_PROVIDER}.wanted",
        "return min(wanted, max(self.capacity * min(prices), max(prices)))",
        "return wanted",
        f"{_ROBBED}a_provider_guarantees_no_more_requests_than_can_be_served_in_time",
    ),
    _fault(
        "vendors that never do the last step drain a provider",
        f"{_PROVIDER}.cut_losses",
        "version.stage is Stage.ACTIVE and",
        "False and",
        f"{_ROBBED}a_provider_takes_a_version_off_the_market_that_costs_it_too_much",
    ),
    # What strangers use up, and what holds up something else
    _fault(
        "a party keeps nothing of its quota for what cannot wait",
        f"{_MEMBER}._has_slot",
        "self.quota if is_urgent else self.quota - self.reserved",
        "self.quota",
        f"{_ROBBED}half_of_what_a_party_can_say_is_for_what_cannot_wait",
    ),
    _fault(
        "one refused transaction keeps all others back",
        f"{_MEMBER}._close_gap",
        "if not has_gap",
        "if True or not has_gap",
        f"{_ROBBED}what_is_refused_keeps_nothing_back_that_was_said_after_it",
    ),
    _fault(
        "one transaction of a party is under way at a time",
        f"{_MEMBER}._do_first",
        "if duty[0] not in self._outbox",
        "if not self._outbox.pieces",
        f"{_ROBBED}nobody_is_convicted_of_having_too_much_to_do",
    ),
    _fault(
        "what cannot be done ends a party, and the market",
        f"{_MEMBER}._try",
        "except (Refused, OSError) as error",
        "except ZeroDivisionError as error",
        f"{_HOSTILE}what_rots_harms_nobody_else",
    ),
    _fault(
        "a key that is none ends whoever seals for it",
        f"{_MEMBER}._send",
        "except ValueError",
        "except ZeroDivisionError",
        f"{_HOSTILE}a_holder_that_has_no_key_gets_no_letters_and_harms_nobody",
    ),
    _fault(
        "an answer to an offer that pays nothing goes out beside others",
        f"{_VENDOR}.duties",
        " and not is_answering",
        "",
        f"{_ROBBED}offers_that_are_refused_hold_up_nothing_else",
    ),
    _fault(
        "a vendor answers whoever floods it first",
        f"{_VENDOR}.take_over",
        "            self._put_off()",
        "            return",
        f"{_ROBBED}whoever_floods_vendors_keeps_no_other_version_from_the_market",
    ),
    _fault(
        "a flood pushes out the answer that was owed first",
        f"{_VENDOR}._put_off",
        "next(at for at, who in asking.items() if who == most)",
        "next(iter(asking))",
        f"{_ROBBED}whoever_floods_vendors_keeps_no_other_version_from_the_market",
    ),
    _fault(
        "anybody fills a vendor's disk",
        f"{_PARTIES}.shelf:Shelf.has_room",
        "of_its_own + size <= SHARE and ",
        "",
        f"{_ROBBED}nobody_fills_a_vendors_disk_with_components",
    ),
    _fault(
        "a vendor drops a component that it has confirmed, and it is sold",
        f"{_VENDOR}.wants",
        "version.stage is not Stage.RETIRED",
        "version.stage is Stage.ACTIVE",
        f"{_ROBBED}no_version_is_sold_without_what_its_holders_have_confirmed",
    ),
    _fault(
        "a component whose version is forgotten while its holder is down stays for good",
        f"{_VENDOR}._find",
        """        version = self.contract.versions.get(root)
""",
        """        version = self.contract.versions.get(root)
        if version is None:
            return
""",
        f"{_ROBBED}what_was_forgotten_while_its_holder_was_down_is_dropped",
    ),
    _fault(
        "what a vendor has confirmed is dropped while its version is proposed again",
        f"{_VENDOR}.wants",
        "return root.hex() in self._outbox",
        "return False",
        f"{_ROBBED}who_has_acknowledged_a_component_keeps_it",
    ),
    _fault(
        "anybody fills the node's memory with what is numbered too high",
        f"{_PARTIES}.pool:Pool.hold",
        "if not queue",
        "if False and not queue",
        f"{_ROBBED}nobody_fills_the_nodes_memory_with_what_is_numbered_too_high",
    ),
    _fault(
        "the node reads what nobody can answer for",
        f"{_HEARING}.hear",
        "is_past or not said.is_signed_with(self.ledger.keys_of(said.author)[-1])",
        "is_past",
        f"{_ROBBED}what_nobody_can_answer_for_is_not_read",
    ),
    _fault(
        "an author has more read at once than its quota",
        f"{_HEARING}._has_quota",
        " + self._asked[author]",
        "",
        f"{_ROBBED}no_more_is_read_of_an_author_at_once_than_its_quota",
    ),
    _fault(
        "what waits is read again whenever what is before it is refused",
        f"{_HEARING}.hear",
        "is_early or self._pool.waiting(said)",
        "False",
        f"{_ROBBED}what_waits_behind_what_is_refused_costs_nothing_more",
    ),
    _fault(
        "a party sends what its old key has signed behind the new one",
        f"{_PARTIES}.outbox:Outbox.add",
        "return number not in self._held",
        "return True",
        "tests/impl/test_replaced_keys.py"
        "::test_who_replaces_its_key_while_it_defends_itself_is_not_convicted",
    ),
    _fault(
        "a watcher asks for what is sure to be refused",
        f"{_PARTIES}.public:Watcher.advance",
        " and not is_held_up",
        "",
        f"{_ROBBED}nobody_has_the_ledger_refuse_what_is_sure_to_be",
    ),
    # Who is heard
    _fault(
        "who has no account is heard",
        f"{_STATE}.hear",
        'require(author in self.charter.purses, "author has an account")',
        "pass",
        f"{_ACCOUNTS}who_has_no_account_is_not_heard",
    ),
    _fault(
        "the beacon is heard no more often than others ask of it",
        f"{_STATE}.is_always_heard",
        "(self.charter.clock, self.charter.beacon)",
        "(self.charter.clock,)",
        f"{_ACCOUNTS}the_clock_and_the_beacon_are_always_heard",
    ),
    _fault(
        "replacing a key uses up no quota",
        "impl.ledger.admission:Admission._rotate",
        "self.contract.hear(transaction)",
        "pass",
        f"{_ACCOUNTS}replacing_a_key_is_heard_as_anything_else",
    ),
    _fault(
        "the contract does not hear of a replaced key",
        f"{_STATE}.replace_key",
        "self.keys[author] = key",
        "pass",
        f"{_ATTACKS}attack_comes_to_what_it_must[replaced-key]",
    ),
    _fault(
        "parties seal and check letters with first keys",
        f"{_MEMBER}._in_force",
        "self.ledger.keys_of(party)[-1]",
        "self.ledger.keys_of(party)[0]",
        "tests/impl/test_replaced_keys.py::test_everybody_replaces_its_key_again_and_again",
    ),
    _fault(
        "a large transaction counts as one",
        "impl.ledger.limits:pieces",
        "1 + len(body) // PIECE + values // HANDFUL",
        "1",
        f"{_ACCOUNTS}a_large_transaction_counts_as_several",
    ),
    _fault(
        "a node that has replaced its key is not held to its blocks",
        f"{_DISPUTE}.has_forked",
        "node if party == node else self.keys.get(party, party)",
        "self.keys.get(party, party)",
        f"{_ROBBED}a_node_that_has_replaced_its_key_is_still_held_to_its_blocks",
    ),
    _fault(
        "a node remembers no record whose key is replaced in the same block",
        f"{_NODE}._remember",
        "contract.claim(data, contract.keys, before)",
        "contract.claim(data)",
        f"{_ROBBED}a_record_is_remembered_whose_key_is_replaced_in_the_same_block",
    ),
    _fault(
        "records that count no more keep others from being remembered",
        f"{_NODE}._remember",
        "if contract.counts(each)]",
        "]",
        f"{_ROBBED}records_that_count_no_more_keep_no_others_from_being_remembered",
    ),
    _fault(
        "an output that is signed with two keys keeps a second one from being remembered",
        f"{_NODE}._remember",
        """each.output for each in known if (each.step, each.holder) == about}
        if claim.output not in""",
        """each for each in known if (each.step, each.holder) == about}
        if claim not in""",
        f"{_ROBBED}an_output_that_is_signed_with_two_keys_keeps_no_second_one_from_being_remembered",
    ),
    _fault(
        "a witness signs two blocks of one height",
        "impl.ledger.witness:Witness.sign",
        "filter(None, (last, announced))",
        "(announced,)",
        f"{_WITNESS}of_two_blocks_for_one_place_a_witness_signs_one",
    ),
    _fault(
        "what a node has in its file ends its witnesses",
        f"{_MEMBER}._blocks",
        "raise Forked(str(error)) from None",
        "raise LedgerError('the file shows no one history') from None",
        f"{_WITNESS}what_a_node_has_done_to_its_file_is_told_and_stops_nobody",
    ),
    _fault(
        "a party goes on with whatever ledger it is shown",
        f"{_KEEPER}._see_led",
        "not _leads(signed.block, last.block, between)",
        "False",
        f"{_WITNESS}a_party_goes_on_from_what_it_has_acted_upon_and_nowhere_else",
    ),
    _fault(
        "a party keeps a head that does not stand in the ledger",
        f"{_KEEPER}._go_on",
        "shown.signed.block != kept.signed.block",
        "False",
        f"{_WITNESS}a_head_is_kept_only_if_it_stands_in_the_ledger",
    ),
    _fault(
        "a party forgets what it has acted upon when it begins again",
        f"{_MEMBER}._send_out",
        "self._keeper.keep()",
        "pass",
        f"{_WITNESS}whoever_has_acted_upon_a_block_tells_also_if_it_begins_again",
    ),
    _fault(
        "of the signatures of a witness the first is kept, whatever it signs with",
        f"{_KEEPER}._adopt",
        "{**kept.witnessed, **shown.witnessed}",
        "{**shown.witnessed, **kept.witnessed}",
        f"{_WITNESS}of_two_signatures_of_a_witness_the_one_that_counts_is_kept",
    ),
    _fault(
        "a head above the end of the ledger ends whoever looks at it",
        f"{_KEEPER}._signed_both",
        "for each in blocks[-1:]] == [shown.signed.block]",
        "for each in [blocks[-1]]] == [shown.signed.block]",
        f"{_WITNESS}a_head_above_the_end_of_the_ledger_is_told_and_ends_nobody",
    ),
    _fault(
        "a ledger is held against nothing but what was witnessed of it",
        "impl.ledger.witness:Followed.of",
        "in _TOLD",
        "in [_LAST]",
        f"{_WITNESS}a_ledger_that_was_cut_is_told_by_whoever_has_followed_it",
    ),
    # Quarrels
    _fault(
        "a consumer disputes one step after the other",
        f"{_CONSUMER}.first_wrong",
        "return step",
        "return min({*range(made.turn)} - {i for i, who in made.doubted if who == self.identity},"
        " default=None)",
        f"{_ROBBED}who_knows_all_disputes_the_one_step_that_is_wrong",
    ),
    _fault(
        "an opponent does not look at the salts that it has to follow",
        f"{_CORRESPONDENT}.lacking_salts",
        "if made.told",
        "if False and made.told",
        f"{_ROBBED}who_salts_its_output_as_it_likes_is_convicted",
    ),
    _fault(
        "an opponent that is told nothing answers blindly",
        f"{_CORRESPONDENT}.learn",
        'return {"secret": secret, "salt": b"", "key": b""}',
        "return {}",
        "tests/impl/test_hardened.py::test_an_auditor_needs_nobody_but_the_executor",
    ),
    _fault(
        "quarrels of one run have the same salts",
        "impl.quarrel.salts:Salting.table",
        ", *attrs.astuple(self.occasion)]",
        "]",
        "tests/impl/test_quarrel.py::test_no_salt_is_used_on_two_occasions",
    ),
    _fault(
        "outputs of requests with one input have the same salt",
        "impl.quarrel.salts:Salting.output",
        "[self.key, self.salt, request, step]",
        "[self.key, self.salt, step]",
        "tests/impl/test_quarrel.py::test_no_salt_is_used_on_two_occasions",
    ),
    _fault(
        "an audit that its auditor does not begin holds up the end",
        f"{_PARTIES}.public:Watcher.advance",
        "contract.left_to_auditors(made) == 0",
        "False",
    ),
    _fault(
        "a market comes to rest while auditors have time that they let pass",
        "impl.hardened.market:HardenedMarket._left",
        "return self.contract.left_to_auditors(made)",
        "pass",
        "tests/impl/test_hardened.py::test_an_auditor_that_does_nothing_stops_nobody",
    ),
    _fault(
        "an auditor has no time of its own to begin",
        f"{_STATE}.left_to_auditors",
        "made.deadline + self.charter.windows[Phase.WINDOW] - self.now",
        "made.deadline - self.charter.windows[Phase.WINDOW] - self.now",
        "tests/impl/test_hardened.py::test_an_auditor_has_time_of_its_own_to_begin",
    ),
    _fault(
        "a friend of the executor disputes first, and nobody can any more",
        f"{_DISPUTE}.dispute",
        "(step, author) not in made.doubted",
        "step not in {i for i, _ in made.doubted}",
        f"{_ROBBED}who_disputes_for_a_friend_keeps_nobody_else_from_it",
    ),
    _fault(
        "who is dismissed has opened the whole window again",
        f"{_DISPUTE}._dismiss_dispute",
        "self.now + made.window_left",
        "self.now + self.charter.windows[Phase.WINDOW]",
        f"{_ROBBED}who_is_dismissed_gives_the_window_no_time_back",
    ),
    _fault(
        "anybody names a key for which nothing can be sealed",
        "impl.hardened.execution:check_sealing_key",
        '        seal(key, b"")',
        "        pass",
        f"{_ATTACKS}attack_comes_to_what_it_must[no-lock]",
    ),
    _fault(
        "who demanded what was bad has lost the toll",
        f"{_EXECUTION}._amends",
        "0 if made.published is None else made.terms.toll",
        "0",
        f"{_ROBBED}who_demands_what_turns_out_to_be_junk_has_its_toll_back",
    ),
    # What has an end
    _fault(
        "a silent beacon keeps a request's money",
        f"{_PARTIES}.public:after_deadline",
        'return "lapse"',
        "return None",
        f"{_ATTACKS}attack_comes_to_what_it_must[silent-beacon]",
    ),
    _fault(
        "nothing is settled before audits are drawn",
        f"{_EXECUTION}.settle",
        "not self.audits_left(made)",
        "bool(made.lot) and not self.audits_left(made)",
        f"{_ATTACKS}attack_comes_to_what_it_must[fading-beacon]",
    ),
    # What is lost, rots or is large
    _fault(
        "who has lost its component is convicted",
        f"{_VENDOR}.execute",
        "self.component(made, turn)  #",
        "pass  #",
        f"{_HOSTILE}who_has_lost_its_components_is_passed_over",
    ),
    _fault(
        "who has lost its output cannot pass it on",
        f"{_VENDOR}.opening",
        "if step > made.turn or ",
        "if True or step > made.turn or ",
        f"{_HOSTILE}who_has_lost_its_output_makes_it_again",
    ),
    _fault(
        "what is kept is taken to be what was written",
        f"{_CORRESPONDENT}.intact",
        "opening if made.opens(step, opening) else None",
        "opening or None",
        f"{_HOSTILE}what_rots_harms_nobody_else",
    ),
    _fault(
        "a number is given to two orders",
        f"{_PARTIES}.backlog:Backlog.__attrs_post_init__",
        "there = self._counted()",
        "there = 0",
        f"{_HOSTILE}a_number_is_given_to_one_order",
    ),
    _fault(
        "what cannot be noted is taken not to be kept",
        "impl.database:note",
        "suppress(OSError)",
        "suppress()",
        "tests/impl/test_storage.py"
        "::test_what_cannot_be_noted_is_kept_and_not_told_as_if_it_were_not",
    ),
    _fault(
        "a vendor holds what it cannot state beside its input",
        f"{_PARTIES}.computing:is_sound",
        " and is_brief(part)",
        "",
        f"{_ROBBED}a_vendor_takes_no_component_that_it_could_not_state_beside_its_input",
    ),
    _fault(
        "what was published stays in the contract for good",
        "impl.hardened.records:Request.forget",
        'self.published = b""',
        "pass",
        f"{_ACCOUNTS}what_was_published_leaves_the_state_when_nobody_can_show_it_bad",
    ),
    _fault(
        "losses are counted for a way and not for a message",
        "impl.hardened.network:Network.send",
        "said = sender, receiver, data if about is None else about",
        "said = sender, receiver",
        "tests/impl/test_hardened.py::test_what_is_sent_anew_in_every_block_arrives_in_time",
    ),
    _fault(
        "somebody else's version takes the place of one of the same name",
        "impl.hardened.registration:Registering.activate",
        "self.current[terms.provider, terms.api]",
        'self.current[b"", terms.api]',
        "tests/impl/test_versions.py::test_each_provider_has_its_own_api_of_a_name",
    ),
    _fault(
        "an earlier version takes the place of a later one once all agree to it",
        f"{_PROVIDER}.pursue",
        " or (stage is not Stage.ACTIVE and self._is_replaced(number))",
        "",
        "tests/impl/test_versions.py::test_what_is_offered_later_stays_on_the_market",
    ),
    _fault(
        "a stake may be no more than the price",
        "impl.hardened.terms:Terms._check",
        "self.price + self.toll <= self.stake",
        "True",
        "tests/market/test_hardened_lockstep.py::test_terms_that_cannot_be_kept_are_refused",
    ),
)


def main() -> int:
    """Put each fault back, and see what finds it."""
    return tabulate(FAULTS, "tests.support.relapses", __doc__)


if __name__ == "__main__":
    run(main)
