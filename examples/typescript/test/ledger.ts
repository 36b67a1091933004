/** Ledgers to which parties speak, for tests. */

import assert from "node:assert/strict";

import { type Bytes, nameOf } from "../src/bytes/bytes.ts";
import type { Value } from "../src/bytes/encoding.ts";
import { publicKey } from "../src/bytes/signatures.ts";
import { type Variant, variants } from "../src/contracts/variants.ts";
import { Admission } from "../src/ledger/admission.ts";
import type { Contract } from "../src/ledger/contract.ts";
import { dictionary } from "../src/ledger/fields.ts";
import { type Genesis, genesisOf } from "../src/ledger/genesis.ts";
import type { Terms } from "../src/ledger/terms.ts";
import { rotation, signed } from "../src/ledger/transaction.ts";
import { Refused } from "../src/machines/machine.ts";

export function filled(byte: number): Bytes {
  return new Uint8Array(32).fill(byte);
}

const SEEDS = [1, 2, 3, 4, 5, 7, 8].map(filled);
export const OLD = filled(2);
export const NEW = filled(6);
type Parties = [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
export const [PROVIDER, ONE, TWO, CONSUMER, NODE, CLOCK, BEACON] = SEEDS.map(publicKey) as Parties;

/** A ledger to which parties speak. */
export class Ledger {
  readonly genesis: Genesis;
  readonly #contract: Contract;
  readonly #admission: Admission;
  /** With which each author signs, by its name. */
  readonly #seeds = new Map(SEEDS.map((seed) => [nameOf(publicKey(seed)), seed]));

  constructor(variant: Variant, agreed: Record<string, Value>) {
    const fields = { version: 1n, name: "test", node: NODE, agreed: dictionary(agreed) };
    this.genesis = genesisOf(dictionary(fields));
    this.#contract = variants[variant](this.genesis);
    this.#admission = new Admission(this.genesis, this.#contract);
  }

  /** Has an author say something. */
  say(author: Bytes, kind: string, body: Record<string, Value> = {}): void {
    const nonce = this.#admission.next(author);
    const said = { ledger: this.genesis.identity, kind, author, nonce, body: dictionary(body) };
    this.#admission.admit(signed(said, this.#seedOf(author)));
  }

  /** Has an author say what must be refused. */
  refuses(reason: string, author: Bytes, kind: string, body: Record<string, Value> = {}): void {
    const next = this.#admission.next(author);
    assert.throws(() => this.say(author, kind, body), new Refused(reason));
    assert.equal(this.#admission.next(author), next);
  }

  /** Sees that just these parties are convicted. */
  convicts(...parties: Bytes[]): void {
    assert.deepEqual(this.#contract.convicted, new Set(parties.map(nameOf)));
  }

  /** Has an author sign with the key of another seed from now on. */
  rotate(author: Bytes, seed: Bytes): void {
    const nonce = this.#admission.next(author);
    const said = rotation(this.genesis.identity, author, nonce, seed);
    this.#admission.admit(signed(said, this.#seedOf(author)));
    this.#seeds.set(nameOf(author), seed);
  }

  #seedOf(author: Bytes): Bytes {
    return this.#seeds.get(nameOf(author)) as Bytes;
  }
}

const PHASES =
  "open routed work demanded published window disputed narrowed opened settled refunded forfeited";

/** A hardened ledger on which four parties have a purse. */
export function hardened(quota: bigint, purse = 10n): Ledger {
  return new Ledger("hardened", {
    purses: [PROVIDER, ONE, TWO, CONSUMER].map((party) => [party, purse]),
    beacon: BEACON,
    clock: CLOCK,
    windows: new Map(PHASES.split(" ").map((phase) => [phase, 2n])),
    suite: "blake3",
    witnesses: [ONE],
    quorum: 1n,
    quota,
    rounds: 3n,
  });
}

/** Terms as a transaction bears them. */
export function written(terms: Terms): Record<string, Value> {
  const steps = terms.steps.map(({ contributor, holders, leaf }) => [contributor, holders, leaf]);
  return { terms: dictionary({ ...terms, steps }) };
}
