/** What parties have: a balance, which they can spend, and a bond, by which they vouch. */

import { type Bytes, nameOf } from "../../bytes/bytes.ts";
import { require } from "../../machines/machine.ts";

export class Accounts {
  readonly #purses: ReadonlyMap<string, bigint>;
  readonly #balances: Map<string, bigint>;
  readonly #bonds = new Map<string, bigint>();

  constructor(purses: ReadonlyMap<string, bigint>) {
    this.#purses = purses;
    this.#balances = new Map(purses);
  }

  has(party: Bytes): boolean {
    return this.#purses.has(nameOf(party));
  }

  deposit(party: Bytes, amount: bigint): void {
    move(amount, party, this.#balances, this.#bonds);
  }

  withdraw(party: Bytes, amount: bigint): void {
    move(amount, party, this.#bonds, this.#balances);
  }
}

type Money = Map<string, bigint>;

function move(amount: bigint, party: Bytes, from: Money, to: Money): void {
  const name = nameOf(party);
  const [left, right] = [from.get(name) ?? 0n, to.get(name) ?? 0n];
  require(amount <= left, "party has the money");

  from.set(name, left - amount);
  to.set(name, right + amount);
}
