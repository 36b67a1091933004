/** How much each party may say in a block of time. */

import { type Bytes, nameOf } from "../../bytes/bytes.ts";
import { encode } from "../../bytes/encoding.ts";
import type { Dictionary } from "../../ledger/fields.ts";
import { weight } from "../../ledger/limits.ts";

export class Quota {
  readonly #most: bigint;
  readonly #said = new Map<string, { block: bigint; weight: number }>();

  constructor(most: bigint) {
    this.#most = most;
  }

  isUsedUp(author: Bytes, block: bigint): boolean {
    return this.#in(block, author) >= this.#most;
  }

  count(author: Bytes, body: Dictionary, block: bigint): void {
    const said = this.#in(block, author) + weight(encode(body));
    this.#said.set(nameOf(author), { block, weight: said });
  }

  /** How much an author has said in a block. */
  #in(block: bigint, author: Bytes): number {
    const said = this.#said.get(nameOf(author));
    return said?.block === block ? said.weight : 0;
  }
}
