/** Blocks, each chained to the one before it and signed by the ledger's node (docs/formats/blocks.md). */

import { type Bytes, same } from "../bytes/bytes.ts";
import { digest } from "../bytes/digest.ts";
import { encode } from "../bytes/encoding.ts";
import { root } from "../bytes/merkle.ts";
import { fault, say, sign } from "../bytes/signatures.ts";
import { check, dictionary, read, shaped } from "./fields.ts";

const BYTES = 512;

/** What heights and counts are at most. */
export const MOST = 2n ** 63n - 1n;

/** A block without its signature. */
export type Header = {
  readonly ledger: Bytes;
  readonly height: bigint;
  /** The digest of the block before; of the first, the ledger's identity. */
  readonly previous: Bytes;
  /** The root of the bytes of the transactions. */
  readonly root: Bytes;
  /** The number of transactions. */
  readonly count: bigint;
};

export type SignedBlock = { readonly header: Header; readonly signature: Bytes };

export const HEADER = {
  ledger: "bytes",
  height: "integer",
  previous: "bytes",
  root: "bytes",
  count: "integer",
} as const;

/** What is signed of a block, by its node and by witnesses. */
export function headerBytes(header: Header): Bytes {
  return say("block", dictionary(header));
}

/** What the next block is chained to. */
export function blockDigest(header: Header): Bytes {
  return digest("block", headerBytes(header));
}

/** The header of a block of these transactions. */
export function headerOf(
  ledger: Bytes,
  height: bigint,
  previous: Bytes,
  transactions: readonly Bytes[],
): Header {
  return { ledger, height, previous, root: root(transactions), count: BigInt(transactions.length) };
}

/** The first part of a header that does not follow the one before it, if any does not. */
export function breach(
  before: Header,
  after: Header,
): "ledger" | "height" | "previous" | undefined {
  if (!same(after.ledger, before.ledger)) return "ledger";
  if (after.height !== before.height + 1n) return "height";
  return same(after.previous, blockDigest(before)) ? undefined : "previous";
}

export function seal(header: Header, seed: Bytes): SignedBlock {
  return { header, signature: sign(seed, headerBytes(header)) };
}

export function blockBytes({ header, signature }: SignedBlock): Bytes {
  return encode(dictionary({ ...header, signature }));
}

export function parseBlock(bytes: Bytes): SignedBlock {
  check(bytes.length <= BYTES, "block");
  const shape = { ...HEADER, signature: "bytes" } as const;
  const { signature, ...header } = shaped(read(bytes, "block"), shape, "block");
  checkNumber(header.height, "block.height");
  checkNumber(header.count, "block.count");
  return { header, signature };
}

/** Checks a height or a count, of which a ledger's file has no room for more. */
export function checkNumber(number: bigint, place: string): void {
  check(0n <= number && number <= MOST, place);
}

export function hasSigned(key: Bytes, header: Header, signature: Bytes): boolean {
  return fault(key, headerBytes(header), signature) === undefined;
}
