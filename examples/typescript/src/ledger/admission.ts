/** What is asked of each transaction ("What must be refused" in docs/formats/transactions.md). */

import { type Bytes, nameOf, same } from "../bytes/bytes.ts";
import { fault } from "../bytes/signatures.ts";
import { require } from "../machines/machine.ts";
import type { Contract } from "./contract.ts";
import { check, shaped } from "./fields.ts";
import type { Genesis } from "./genesis.ts";
import { ROTATE, type Transaction, isSignedWith, parse, proved } from "./transaction.ts";

export class Admission {
  readonly #ledger: Bytes;
  readonly #contract: Contract;
  readonly #next = new Map<string, bigint>();
  readonly #replaced = new Map<string, Bytes[]>();

  constructor(genesis: Genesis, contract: Contract) {
    this.#ledger = genesis.identity;
    this.#contract = contract;
  }

  /** The number that the author's next transaction is to have. */
  next(author: Bytes): bigint {
    return this.#next.get(nameOf(author)) ?? 0n;
  }

  /** All keys that an author has had, the one in force last. */
  keys(author: Bytes): readonly Bytes[] {
    return [author, ...(this.#replaced.get(nameOf(author)) ?? [])];
  }

  inForce(author: Bytes): Bytes {
    return this.keys(author).at(-1) ?? author;
  }

  /** Carries a transaction out. Throws `Refused`, and has changed nothing then. */
  admit(bytes: Bytes): void {
    const said = parse(bytes);
    require(same(said.ledger, this.#ledger), "transaction is for this ledger");
    require(isSignedWith(said, this.inForce(said.author)), "signature is the author's");
    require(said.nonce === this.next(said.author), "nonce is the author's next");
    if (said.kind === ROTATE) this.#rotate(said);
    else this.#carryOut(said);
    this.#contract.count(said);
    this.#next.set(nameOf(said.author), said.nonce + 1n);
  }

  #rotate(said: Transaction): void {
    const { key, proof } = shaped(said.body, { key: "bytes", proof: "bytes" }, "transaction.body");
    this.#contract.hear(said);
    require(!this.keys(said.author).some((old) => same(old, key)), "key is new to the author");
    require(fault(key, proved(said, key), proof) === undefined, "new key has signed as well");

    const author = nameOf(said.author);
    this.#replaced.set(author, [...(this.#replaced.get(author) ?? []), key]);
    this.#contract.replaceKey(said.author, key);
  }

  #carryOut(said: Transaction): void {
    const kind = this.#contract.kinds.get(said.kind);
    check(kind !== undefined, "transaction.kind");
    const act = kind(said.body);
    this.#contract.hear(said);

    act(said.author);
  }
}
