/** Tensors of which one block can be shown, and commitments to data (docs/formats/trees.md). */

import { digest, expand } from "./digest.ts";
import { NotCanonical, Tensor, decode, encode, littleEndian } from "./encoding.ts";
import { root } from "./merkle.ts";

const BLOCK = 128;
const BLOCKS = 256;
/** Bytes of a salt, and of a secret from which salts follow. */
export const SALT = 16;
const OPENING = 1032192;

/** How many numbers a block has, of so many in all; the last block can have fewer. */
export function blockSize(count: number): number {
  return Math.max(1, Math.min(BLOCK, Math.floor(count / BLOCKS)));
}

/** How many blocks so many numbers have. */
export function blockCount(count: number): number {
  return Math.ceil(count / blockSize(count));
}

/** The leaves of some tensors, cut as if they were one: each a salt, and the numbers of a block. */
export function saltedBlocks(tensors: readonly Tensor[], secret: Uint8Array): Uint8Array[] {
  const numbers = tensors.flatMap((tensor) => tensor.numbers);
  const [size, count] = [blockSize(numbers.length), blockCount(numbers.length)];
  const salts = expand("salts", secret, SALT * count);
  return Array.from({ length: count }, (_, i) => {
    const block = numbers.slice(i * size, (i + 1) * size);
    const salt = salts.subarray(i * SALT, (i + 1) * SALT);
    return Buffer.concat([salt, ...block.map((number) => littleEndian(number, 64))]);
  });
}

/** Whether bytes are as long as an opening is. */
export function isOpening(bytes: Uint8Array): boolean {
  return SALT <= bytes.length && bytes.length <= OPENING;
}

/** The salt and the data of an opening. Throws for one that opens nothing. */
export function open(opening: Uint8Array): { salt: Uint8Array; data: Uint8Array } {
  if (!isOpening(opening)) {
    throw new RangeError(`an opening has ${SALT} to ${OPENING} bytes, not ${opening.length}`);
  }
  return { salt: opening.subarray(0, SALT), data: opening.subarray(SALT) };
}

/** Data as it is bound: a tensor by its shape and root, and what is none by a digest. */
export type Bound = { shape: readonly bigint[]; root: Uint8Array } | Uint8Array;

/** What data comes to that is none, of which everybody knows. */
export const NOTHING: Bound = new Uint8Array(0);

export function boundOf(salt: Uint8Array, data: Uint8Array): Bound {
  const tensor = tensorOf(data);
  if (tensor) return { shape: tensor.shape.map(BigInt), root: root(saltedBlocks([tensor], salt)) };
  return data.length === 0 ? NOTHING : digest("no-tensor", Buffer.concat([salt, data]));
}

/** The digest of data, as what is committed to. */
export function digestOf(bound: Bound): Uint8Array {
  if (bound instanceof Uint8Array) return digest("no-values", bound);
  return digest("values", encode([bound.shape, bound.root]));
}

/** The tensor of 64 bits that some bytes are, if they are one. */
export function tensorOf(data: Uint8Array): Tensor | undefined {
  try {
    const value = decode(data);
    return value instanceof Tensor && value.bits === 64 ? value : undefined;
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}

/** What goes into a step of a request, or comes out of the last one. */
export function commit(request: Uint8Array, step: bigint, opening: Uint8Array): Uint8Array {
  const { salt, data } = open(opening);
  return commitTo(request, step, digest("secret", salt), digestOf(boundOf(salt, data)));
}

/** The same, by the digests of salt and data. */
export function commitTo(
  request: Uint8Array,
  step: bigint,
  salt: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  return digest("commitment", encode([request, step, salt, data]));
}
