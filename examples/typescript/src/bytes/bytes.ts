/** Bytes, compared and named. */

export type Bytes = Uint8Array;

export function same(some: Bytes, others: Bytes): boolean {
  return Buffer.compare(some, others) === 0;
}

/** A name for some bytes, under which maps and sets find them. */
export function nameOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString("hex");
}

export function areDistinct(many: readonly Bytes[]): boolean {
  return new Set(many.map(nameOf)).size === many.length;
}
