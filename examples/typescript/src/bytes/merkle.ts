/** Merkle trees and proofs (docs/formats/trees.md): RFC 6962 with BLAKE3. */

import { blake3 } from "@noble/hashes/blake3.js";

import { digest } from "./digest.ts";
import { littleEndian } from "./encoding.ts";

function leafHash(leaf: Uint8Array): Uint8Array {
  return blake3(Buffer.concat([Buffer.of(0), leaf]));
}

function node(left: Uint8Array, right: Uint8Array): Uint8Array {
  return blake3(Buffer.concat([Buffer.of(1), left, right]));
}

/** The largest power of two below a number of leaves. */
function split(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

export function root(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (!first) return blake3(new Uint8Array(0));
  if (leaves.length === 1) return leafHash(first);
  const k = split(leaves.length);
  return node(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

/** The peaks of the tree of so many leaves, once another leaf is appended. */
export function append(
  peaks: readonly Uint8Array[],
  count: number,
  leaf: Uint8Array,
): Uint8Array[] {
  const before = [...peaks];
  let last = leafHash(leaf);
  for (let left = count; left % 2 === 1; left = (left - 1) / 2) {
    last = node(before.pop() as Uint8Array, last);
  }
  return [...before, last];
}

/** The root of the tree that has these peaks: the full subtrees it consists of, largest first. */
export function rootOfPeaks(peaks: readonly Uint8Array[]): Uint8Array {
  return peaks.length === 0 ? root([]) : peaks.reduceRight((right, left) => node(left, right));
}

/** A root that stands alone, bound to the number of leaves. */
export function boundRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const count = littleEndian(BigInt(leaves.length), 64);
  return digest("merkle-root", Buffer.concat([count, root(leaves)]));
}

/** The siblings of the leaf at an index on its way up, the lowest first. */
export function prove(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!(0 <= index && index < leaves.length)) throw new RangeError(`there is no leaf ${index}`);
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return index < k ? [...prove(left, index), root(right)] : [...prove(right, index - k), root(left)];
}

/** Whether a leaf stands at an index, of so many leaves with this root. */
export function verify(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  expected: Uint8Array,
): boolean {
  if (!(0 <= index && index < size)) return false;
  let found = leafHash(leaf);
  let last = size - 1;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (index % 2 === 1 || index === last) {
      found = node(sibling, found);
      while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)];
    } else {
      found = node(found, sibling);
    }
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  return last === 0 && Buffer.compare(found, expected) === 0;
}
