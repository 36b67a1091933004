/** Dictionaries of just some fields, each exactly of its type. */

import type { Bytes } from "../bytes/bytes.ts";
import { NotCanonical, Tensor, type Value, decode } from "../bytes/encoding.ts";
import { Refused } from "../machines/machine.ts";
import { areWithinLimits } from "./limits.ts";

/** What is none of a format, and where: the name of the format, or of a field. */
export class Malformed extends Refused {
  readonly place: string;

  constructor(place: string) {
    super("transaction is well formed");
    this.place = place;
  }
}

export function check(holds: boolean, place: string): asserts holds {
  if (!holds) throw new Malformed(place);
}

export type Dictionary = ReadonlyMap<string, Value>;

/** The types that a field can be of. Of a list, what its items are is asked elsewhere. */
type Types = {
  integer: bigint;
  bytes: Bytes;
  text: string;
  truth: boolean;
  list: readonly Value[];
  dictionary: Dictionary;
  anything: Value;
};

/** The fields of a format, each with its type. */
export type Shape = Readonly<Record<string, keyof Types>>;

/** What has this shape. */
export type Shaped<S extends Shape> = { readonly [Name in keyof S]: Types[S[Name]] };

/** The value that is written in bytes which anybody can have sent. */
export function read(bytes: Bytes, place: string): Value {
  check(areWithinLimits(bytes), place);
  return readUnlimited(bytes, place);
}

export function readUnlimited(bytes: Bytes, place: string): Value {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof NotCanonical) throw new Malformed(place);
    throw error;
  }
}

/** The fields of a dictionary that has just those of a shape. */
export function shaped<S extends Shape>(value: Value, shape: S, place: string): Shaped<S> {
  check(value instanceof Map, place);
  for (const name of value.keys()) check(Object.hasOwn(shape, name), place);
  for (const [name, type] of Object.entries(shape)) {
    check(isOf(type, value.get(name)), `${place}.${name}`);
  }
  return Object.fromEntries(value) as Shaped<S>;
}

/** The dictionary that has these fields. */
export function dictionary(fields: Readonly<Record<string, Value>>): Map<string, Value> {
  return new Map(Object.entries(fields));
}

/** A list of bytes. */
export function listOfBytes(list: readonly Value[], place: string): readonly Bytes[] {
  check(list.every((item) => typeOf(item) === "bytes"), place);
  return list as readonly Bytes[];
}

/** A list of integers. */
export function listOfIntegers(list: readonly Value[], place: string): readonly bigint[] {
  check(list.every((item) => typeOf(item) === "integer"), place);
  return list as readonly bigint[];
}

/** A list of this many, of these types. */
export function tuple<S extends readonly (keyof Types)[]>(
  value: Value,
  types: readonly [...S],
  place: string,
): { readonly [Index in keyof S]: Types[S[Index]] } {
  const isOne = Array.isArray(value) && value.length === types.length;
  check(isOne && types.every((type, i) => isOf(type, value[i])), place);
  return value as never; // of which the types were just compared, one by one
}

function isOf(type: keyof Types, value: Value | undefined): boolean {
  return type === "anything" ? value !== undefined : typeOf(value) === type;
}

function typeOf(value: Value | undefined): keyof Types | undefined {
  if (typeof value === "bigint") return "integer";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "truth";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Map) return "dictionary";
  if (Array.isArray(value) && !(value instanceof Tensor)) return "list";
  return undefined;
}
