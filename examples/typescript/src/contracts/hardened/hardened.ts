/** The contract of the variant `hardened`. */

import { type Bytes, same } from "../../bytes/bytes.ts";
import type { Contract, Kind } from "../../ledger/contract.ts";
import type { Genesis } from "../../ledger/genesis.ts";
import type { Transaction } from "../../ledger/transaction.ts";
import { require } from "../../machines/machine.ts";
import { disputes } from "./disputes.ts";
import { ending } from "./ending.ts";
import { evidence } from "./evidence.ts";
import { faults } from "./faults.ts";
import { Market } from "./market.ts";
import { quarrel } from "./quarrel.ts";
import { Quota } from "./quota.ts";
import { registration } from "./registration.ts";
import { routing } from "./routing.ts";
import { work } from "./work.ts";

export class Hardened implements Contract {
  readonly #market: Market;
  readonly #quota: Quota;
  readonly kinds: ReadonlyMap<string, Kind>;

  constructor(genesis: Genesis) {
    this.#market = new Market(genesis);
    this.#quota = new Quota(this.#market.charter.quota);
    const rooms = [registration, routing, work, faults, ending, disputes, quarrel, evidence];
    this.kinds = new Map(rooms.flatMap((room) => Object.entries(room(this.#market))));
  }

  get convicted(): ReadonlySet<string> {
    return this.#market.convicted;
  }

  /** Only who has an account is heard, and says only so much in a block of time. */
  hear({ author }: Transaction): void {
    if (this.#isExempt(author)) return;
    require(this.#market.accounts.has(author), "author has an account");
    require(!this.#quota.isUsedUp(author, this.#market.now), "author has not used up its quota");
  }

  count({ author, body }: Transaction): void {
    if (!this.#isExempt(author)) this.#quota.count(author, body, this.#market.now);
  }

  replaceKey(party: Bytes, key: Bytes): void {
    this.#market.keys.replace(party, key);
  }

  /** How much the clock and the beacon have to say is for others to decide. */
  #isExempt(author: Bytes): boolean {
    const { clock, beacon } = this.#market.charter;
    return same(author, clock) || same(author, beacon);
  }
}
