/** Stretches of blocks that follow one another; two of them show two histories of a ledger. */

import { type Bytes, same } from "../bytes/bytes.ts";
import { encode } from "../bytes/encoding.ts";
import {
  HEADER,
  type Header,
  MOST,
  type SignedBlock,
  blockDigest,
  checkNumber,
  hasSigned,
  headerBytes,
} from "./block.ts";
import { Malformed, check, dictionary, read, shaped, tuple } from "./fields.ts";

/** A stretch has fewer blocks than this after the first. */
const BLOCKS = 4096;

export type Stretch = {
  readonly first: Header;
  /** Root and count of each block that follows. */
  readonly after: readonly (readonly [root: Bytes, count: bigint])[];
  /** Of the last block. */
  readonly signature: Bytes;
};

export function parseStretch(bytes: Bytes): Stretch {
  const shape = { ...HEADER, after: "list", signature: "bytes" } as const;
  const { after, signature, ...first } = shaped(read(bytes, "block"), shape, "block");
  check(after.length < BLOCKS, "block.after");
  const following = after.map((pair) => tuple(pair, ["bytes", "integer"], "block.after"));
  for (const [, count] of following) checkNumber(count, "block.after");
  checkNumber(first.height, "block.height");
  checkNumber(first.count, "block.count");
  check(first.height + BigInt(after.length) <= MOST, "block.height");
  return { first, after: following, signature };
}

export function stretchBytes({ first, after, signature }: Stretch): Bytes {
  return encode(dictionary({ ...first, after, signature }));
}

/** The last block of a stretch, as it is signed. */
export function lastOf({ first, after, signature }: Stretch): SignedBlock {
  const header = after.reduce<Header>(
    (before, [root, count]) => ({
      ledger: before.ledger,
      height: before.height + 1n,
      previous: blockDigest(before),
      root,
      count,
    }),
    first,
  );
  return { header, signature };
}

/** Whether two stretches show that a key has vouched for two histories of a ledger. */
export function showsFork(ledger: Bytes, key: Bytes, first: Bytes, second: Bytes): boolean {
  const [one, other] = [shown(first), shown(second)];
  return (
    one !== undefined &&
    other !== undefined &&
    same(one.first.ledger, ledger) &&
    same(other.first.ledger, ledger) &&
    one.first.height === other.first.height &&
    !same(headerBytes(one.first), headerBytes(other.first)) &&
    vouchesFor(key, one) &&
    vouchesFor(key, other)
  );
}

function vouchesFor(key: Bytes, stretch: Stretch): boolean {
  const { header, signature } = lastOf(stretch);
  return hasSigned(key, header, signature);
}

/** The stretch in these bytes. Evidence that is malformed is none. */
function shown(bytes: Bytes): Stretch | undefined {
  try {
    return parseStretch(bytes);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
