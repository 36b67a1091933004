/** Transactions (docs/formats/transactions.md): what a party says to a ledger, signed. */

import type { Bytes } from "../bytes/bytes.ts";
import { encode } from "../bytes/encoding.ts";
import { fault, publicKey, say, sign } from "../bytes/signatures.ts";
import { type Dictionary, check, dictionary, read, shaped } from "./fields.ts";

const VERSION = 1n;

export const ROTATE = "rotate";

export type Transaction = {
  /** The identity of the ledger that it is for. */
  readonly ledger: Bytes;
  /** What is asked of the ledger's contract. */
  readonly kind: string;
  /** Who says it, by the public key that it started with. */
  readonly author: Bytes;
  /** The author's running number, from 0. */
  readonly nonce: bigint;
  /** The parameters of the kind. */
  readonly body: Dictionary;
};

export type SignedTransaction = Transaction & { readonly signature: Bytes };

const SHAPE = {
  version: "integer",
  ledger: "bytes",
  kind: "text",
  author: "bytes",
  nonce: "integer",
  body: "dictionary",
  signature: "bytes",
} as const;

/** The transaction that is written in these bytes, whoever signed it. */
export function parse(bytes: Bytes): SignedTransaction {
  const { version, ...said } = shaped(read(bytes, "transaction"), SHAPE, "transaction");
  check(version === VERSION, "transaction.version");
  return said;
}

/** What is signed of a transaction. */
export function message({ ledger, kind, author, nonce, body }: Transaction): Bytes {
  const fields = { version: VERSION, ledger, kind, author, nonce, body };
  return say("transaction", dictionary(fields));
}

/** The bytes of a transaction, signed with the key of a seed. */
export function signed(said: Transaction, seed: Bytes): Bytes {
  const { ledger, kind, author, nonce, body } = said;
  const signature = sign(seed, message(said));
  const fields = { version: VERSION, ledger, kind, author, nonce, body, signature };
  return encode(dictionary(fields));
}

export function isSignedWith(said: SignedTransaction, key: Bytes): boolean {
  return fault(key, message(said), said.signature) === undefined;
}

/** A transaction that replaces its author's key with that of a seed. */
export function rotation(
  ledger: Bytes,
  author: Bytes,
  nonce: bigint,
  seed: Bytes,
): Transaction {
  const bare = { ledger, kind: ROTATE, author, nonce, body: dictionary({ key: publicKey(seed) }) };
  const proof = sign(seed, message(bare));
  return { ...bare, body: dictionary({ key: publicKey(seed), proof }) };
}

/** What the new key of a rotation signs: the transaction as it would be without that signature. */
export function proved(said: Transaction, key: Bytes): Bytes {
  return message({ ...said, body: dictionary({ key }) });
}
