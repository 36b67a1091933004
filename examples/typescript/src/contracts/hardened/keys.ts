/** Which keys each party has had, as far as evidence is concerned. */

import { type Bytes, nameOf, same } from "../../bytes/bytes.ts";

export class Keys {
  readonly #replaced = new Map<string, Bytes[]>();

  replace(party: Bytes, key: Bytes): void {
    this.#replaced.set(nameOf(party), [...this.#of(party).slice(1), key]);
  }

  inForce(party: Bytes): Bytes {
    return this.#of(party).at(-1) ?? party;
  }

  /** The number of the key in force, from 0, in the order in which the party had them. */
  newest(party: Bytes): number {
    return this.#of(party).length - 1;
  }

  /** The number of one of a party's keys; of a key that it never had, -1. */
  number(party: Bytes, key: Bytes): number {
    return this.#of(party).findIndex((had) => same(had, key));
  }

  #of(party: Bytes): readonly Bytes[] {
    return [party, ...(this.#replaced.get(nameOf(party)) ?? [])];
  }
}
