/** How large what anybody can send may be ("Limits" in docs/formats/transactions.md). */

import type { Bytes } from "../bytes/bytes.ts";

const BYTES = 1_048_576;
const VALUES = 16_384;
const DEPTH = 16;

/** Bytes and values of a body for each of which it counts once more against its author's quota. */
const PIECE = 65_536;
const HANDFUL = 256;

/** Whether bytes pass no limit, seen before anything is decoded. */
export function areWithinLimits(bytes: Bytes): boolean {
  if (bytes.length > BYTES) return false;
  const { values, depth } = count(bytes);
  return values <= VALUES && depth <= DEPTH;
}

/** As how many transactions one with this body counts against its author's quota. */
export function weight(body: Bytes): number {
  const { values } = count(body);
  return 1 + Math.floor(body.length / PIECE) + Math.floor(values / HANDFUL);
}

const Major = { bytes: 2, text: 3, list: 4, map: 5, tag: 6 };

/** The heads in some bytes, and how deep containers stand in them, up to where a limit is passed. */
function count(bytes: Bytes): { values: number; depth: number } {
  const toCome = [1]; // values, in each container that is open; around all is the one for the whole
  let [at, values, depth] = [0, 0, 0];
  while (at < bytes.length && values <= VALUES && depth <= DEPTH) {
    while (toCome.at(-1) === 0) toCome.pop();
    if (toCome.length === 0) break; // what follows is no part of the value, and not canonical
    toCome.push((toCome.pop() as number) - 1);
    values += 1;
    const { major, argument, size } = head(bytes, at);
    at += size;
    if (major === Major.bytes || major === Major.text) at += argument;
    if (major === Major.list) toCome.push(argument);
    if (major === Major.map) toCome.push(2 * argument);
    if (major === Major.tag) toCome.push(1);
    depth = Math.max(depth, toCome.length - 1);
  }
  return { values, depth };
}

/** A head, which may be one that the decoder refuses. */
function head(bytes: Bytes, at: number): { major: number; argument: number; size: number } {
  const [major, info] = [(bytes[at] as number) >> 5, (bytes[at] as number) & 31];
  if (info < 24) return { major, argument: info, size: 1 };
  const size = 1 + 2 ** (info & 3);
  const argument = bytes.subarray(at + 1, at + size).reduce((all, byte) => all * 256 + byte, 0);
  return { major, argument, size };
}
