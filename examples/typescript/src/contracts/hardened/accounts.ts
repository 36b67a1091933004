/** Where money is: it is moved from one account to another, and nowhere made. */

import { type Bytes, nameOf } from "../../bytes/bytes.ts";

export class Account {
  #money: bigint;

  constructor(money = 0n) {
    this.#money = money;
  }

  get money(): bigint {
    return this.#money;
  }

  /** Moves so much money to another account; without an amount, all of it. */
  pay(to: Account, amount: bigint = this.#money): void {
    this.#money -= amount;
    to.#money += amount;
  }
}

/** What parties have: a balance, which they can spend, and a bond, by which they vouch. */
export class Accounts {
  readonly #purses: ReadonlyMap<string, bigint>;
  readonly #balances = new Map<string, Account>();
  readonly #bonds = new Map<string, Account>();

  /** What nobody is to have. */
  readonly treasury = new Account();

  constructor(purses: ReadonlyMap<string, bigint>) {
    this.#purses = purses;
  }

  has(party: Bytes): boolean {
    return this.#purses.has(nameOf(party));
  }

  balance(party: Bytes): Account {
    const name = nameOf(party);
    return found(this.#balances, name, () => new Account(this.#purses.get(name)));
  }

  bond(party: Bytes): Account {
    return found(this.#bonds, nameOf(party), () => new Account());
  }
}

/** What a map has for a key, or what is made for it. */
function found<Item>(items: Map<string, Item>, key: string, make: () => Item): Item {
  const item = items.get(key) ?? make();
  items.set(key, item);
  return item;
}
