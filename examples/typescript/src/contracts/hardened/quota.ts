/** How much each party may say in a block of time. */

import { type Bytes, nameOf } from "../../bytes/bytes.ts";
import { encode } from "../../bytes/encoding.ts";
import type { Dictionary } from "../../ledger/fields.ts";
import { weight } from "../../ledger/limits.ts";

export class Quota {
  readonly #most: number;
  readonly #said = new Map<string, number>();

  constructor(most: bigint) {
    this.#most = Number(most);
  }

  isUsedUp(author: Bytes): boolean {
    return this.#of(author) >= this.#most;
  }

  count(author: Bytes, body: Dictionary): void {
    this.#said.set(nameOf(author), this.#of(author) + weight(encode(body)));
  }

  /** A block of time has passed. */
  renew(): void {
    this.#said.clear();
  }

  #of(author: Bytes): number {
    return this.#said.get(nameOf(author)) ?? 0;
  }
}
