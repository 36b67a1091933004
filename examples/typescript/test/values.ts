/** Values as the examples of docs/formats write them ("Examples" in encoding.md). */

import { Tensor, type Value, type Width } from "../src/bytes/encoding.ts";

export type Written =
  | number
  | string
  | boolean
  | null
  | Written[]
  | { text: string }
  | { units: number[] }
  | { nested: [depth: number, inner: Written] }
  | { many: [count: number, item: Written] }
  | { zeros: number }
  | { dict: Record<string, Written> }
  | WrittenTensor;

export type WrittenTensor = { tensor: { bits: Width; shape: number[]; numbers: Written[] } };

export function value(written: Written): Value {
  if (typeof written === "number") return BigInt(written);
  if (typeof written === "string") {
    return written.startsWith("0x") ? bytes(written) : BigInt(written);
  }
  if (typeof written === "boolean" || written === null) return written;
  if (Array.isArray(written)) return written.map(value);
  if ("text" in written) return written.text;
  if ("units" in written) return String.fromCharCode(...written.units);
  if ("nested" in written) return nested(...written.nested);
  if ("many" in written) return many(...written.many);
  if ("zeros" in written) return new Uint8Array(written.zeros);
  if ("dict" in written) return dictionary(written.dict);
  return tensor(written);
}

/** A value in so many lists, one within the other. */
function nested(depth: number, inner: Written): Value {
  return depth === 0 ? value(inner) : [nested(depth - 1, inner)];
}

/** A list that has a value so often. */
function many(count: number, item: Written): Value {
  return new Array<Value>(count).fill(value(item));
}

export function dictionary(fields: Record<string, Written>): Map<string, Value> {
  return new Map(Object.entries(fields).map(([key, item]) => [key, value(item)]));
}

export function tensor({ tensor: { bits, shape, numbers } }: WrittenTensor): Tensor {
  return new Tensor(bits, shape, numbers.map((number) => value(number) as bigint));
}

export function bytes(written: string): Uint8Array {
  return Uint8Array.from(Buffer.from(written.slice(2), "hex"));
}

export function hex(some: Uint8Array): string {
  return "0x" + Buffer.from(some).toString("hex");
}
