/** States as files store them ("States" in docs/formats/machines.md). */

import { blake3 } from "@noble/hashes/blake3.js";

import type { Entries, State } from "../src/machines/machine.ts";

/** A state without what is as it was at the start. */
export function stored(state: State, start: State): State {
  const fields = Object.entries(state).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value === start[name] ? [] : value] as const;
    const before = new Set((start[name] as Entries).map((entry) => JSON.stringify(entry)));
    return [name, value.filter((entry) => !before.has(JSON.stringify(entry)))] as const;
  });
  return Object.fromEntries(fields.filter(([, it]) => !Array.isArray(it) || it.length > 0));
}

/** The name of a state that is so stored. */
export function address(state: State): string {
  const sorted = Object.fromEntries(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Buffer.from(blake3(Buffer.from(JSON.stringify(sorted)))).toString("hex").slice(0, 16);
}
