/** A ledger as whoever reads it takes it, block by block (docs/formats/blocks.md). */

import { type Bytes, same } from "../bytes/bytes.ts";
import { Admission } from "./admission.ts";
import { type Header, blockDigest, hasSigned, headerOf, parseBlock } from "./block.ts";
import type { Contract } from "./contract.ts";
import { check } from "./fields.ts";
import type { Genesis } from "./genesis.ts";

const PARTS = ["ledger", "height", "previous", "root", "count"] as const;

export class Chain {
  readonly #genesis: Genesis;
  readonly #admission: Admission;
  #height = 0n;
  /** The digest of the last block; of block 0, the ledger's identity. */
  #head: Bytes;

  constructor(genesis: Genesis, contract: Contract) {
    this.#genesis = genesis;
    this.#admission = new Admission(genesis, contract);
    this.#head = genesis.identity;
  }

  get head(): Bytes {
    return this.#head;
  }

  /** Takes a block with its transactions. Throws `Refused` if it is none: there the ledger ends. */
  take(signed: Bytes, transactions: readonly Bytes[]): void {
    const { header, signature } = parseBlock(signed);
    const { identity, node } = this.#genesis;
    const next = headerOf(identity, this.#height + 1n, this.#head, transactions);
    for (const part of PARTS) check(isSame(header[part], next[part]), part);
    check(header.count > 0n, "count");
    check(hasSigned(node, header, signature), "signature");
    for (const said of transactions) this.#admission.admit(said);

    this.#height = header.height;
    this.#head = blockDigest(header);
  }
}

function isSame(some: Header[keyof Header], other: Header[keyof Header]): boolean {
  if (typeof some === "bigint" || typeof other === "bigint") return some === other;
  return same(some, other);
}
