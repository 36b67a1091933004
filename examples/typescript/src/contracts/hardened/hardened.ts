/**
 * The contract of the variant `hardened`: who is heard, and how much; time, bonds, versions, forks.
 *
 * Requests are not here: what is decided about them is the machine's (`machines/hardened`).
 */

import { type Bytes, nameOf, same } from "../../bytes/bytes.ts";
import { type Charter, charterOf } from "../../ledger/charter.ts";
import { type Contract, type Kind, kind } from "../../ledger/contract.ts";
import { check } from "../../ledger/fields.ts";
import type { Genesis } from "../../ledger/genesis.ts";
import { showsFork } from "../../ledger/stretch.ts";
import { termsOf } from "../../ledger/terms.ts";
import type { Transaction } from "../../ledger/transaction.ts";
import { require } from "../../machines/machine.ts";
import { Accounts } from "./accounts.ts";
import { Quota } from "./quota.ts";
import { Versions, checkRounds } from "./versions.ts";

const AMOUNT = { amount: "integer" } as const;
const VERSION = { version: "bytes" } as const;
const STEP = { version: "bytes", step: "integer" } as const;
const FORK = { party: "bytes", first: "bytes", second: "bytes" } as const;

export class Hardened implements Contract {
  readonly #genesis: Genesis;
  readonly #charter: Charter;
  readonly #accounts: Accounts;
  readonly #quota: Quota;
  readonly #versions = new Versions();
  readonly #keys = new Map<string, Bytes>();
  readonly convicted = new Set<string>();

  readonly kinds: ReadonlyMap<string, Kind> = new Map([
    ["tick", kind({}, (author) => this.#tick(author))],
    ["deposit", kind(AMOUNT, (author, { amount }) => this.#deposit(author, amount))],
    ["withdraw", kind(AMOUNT, (author, { amount }) => this.#withdraw(author, amount))],
    [
      "propose",
      kind({ terms: "dictionary" }, (author, body) => {
        const terms = termsOf(body.terms);
        checkRounds(terms, this.#charter.rounds);
        this.#versions.propose(author, terms);
      }),
    ],
    ["sign", kind(VERSION, (author, { version }) => this.#versions.sign(author, version))],
    [
      "acknowledge",
      kind(STEP, (author, { version, step }) => this.#versions.acknowledge(author, version, step)),
    ],
    [
      "reject",
      kind(STEP, (author, { version, step }) => this.#versions.reject(author, version, step)),
    ],
    ["activate", kind(VERSION, (_, { version }) => this.#versions.activate(version))],
    ["retire", kind(VERSION, (author, { version }) => this.#versions.retire(author, version))],
    [
      "show_fork",
      kind(FORK, (_, { party, first, second }) => {
        require(this.hasForked(party, first, second), "two histories are signed");

        this.convicted.add(nameOf(party));
      }),
    ],
  ]);

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
    this.#charter = charterOf(genesis.agreed);
    this.#accounts = new Accounts(this.#charter.purses);
    this.#quota = new Quota(this.#charter.quota);
  }

  /** Only who has an account is heard, and says only so much in a block of time. */
  hear({ author }: Transaction): void {
    if (this.#isExempt(author)) return;
    require(this.#accounts.has(author), "author has an account");
    require(!this.#quota.isUsedUp(author), "author has not used up its quota");
  }

  count({ author, body }: Transaction): void {
    if (!this.#isExempt(author)) this.#quota.count(author, body);
  }

  replaceKey(party: Bytes, key: Bytes): void {
    this.#keys.set(nameOf(party), key);
  }

  /** Whether two stretches show that the node, or a witness, has vouched for two histories. */
  hasForked(party: Bytes, first: Bytes, second: Bytes): boolean {
    const { node, identity } = this.#genesis;
    if (same(party, node)) return showsFork(identity, node, first, second);
    const isWitness = this.#charter.witnesses.some((witness) => same(witness, party));
    const key = this.#keys.get(nameOf(party)) ?? party;
    return isWitness && showsFork(identity, key, first, second);
  }

  /** How much the clock and the beacon have to say is for others to decide. */
  #isExempt(author: Bytes): boolean {
    return same(author, this.#charter.clock) || same(author, this.#charter.beacon);
  }

  #tick(author: Bytes): void {
    require(same(author, this.#charter.clock), "author is the clock");

    this.#quota.renew();
  }

  #deposit(author: Bytes, amount: bigint): void {
    check(amount >= 0n, "transaction.body.amount");

    this.#accounts.deposit(author, amount);
  }

  #withdraw(author: Bytes, amount: bigint): void {
    check(amount >= 0n, "transaction.body.amount");

    this.#accounts.withdraw(author, amount);
  }
}
