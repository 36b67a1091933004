/** Outlines: components as digests bind them, so that one block of constants can be shown alone. */

import type { Bytes } from "../bytes/bytes.ts";
import { saltedBlocks } from "../bytes/commitments.ts";
import { digest } from "../bytes/digest.ts";
import { type Value, encode } from "../bytes/encoding.ts";
import { root } from "../bytes/merkle.ts";
import { Malformed, tuple } from "../ledger/fields.ts";
import { ARITHMETIC, parseComponent } from "./component.ts";
import { Program } from "./program.ts";
import { saltingKey } from "./salts.ts";

export type Outline = {
  readonly program: Program;
  /** Of the blocks of all constants. */
  readonly root: Bytes;
  /** The digest of the component's salting key. */
  readonly salting: Bytes;
  /** What binds all this. */
  readonly digest: Bytes;
};

/** The digest of the outline of a component by its bytes, that a secret hides. */
export function outlineDigest(component: Bytes, secret: Bytes): Bytes {
  const { program, constants } = parseComponent(component);
  const bound = root(saltedBlocks(constants, secret));
  return bind(program, bound, digest("secret", saltingKey(secret)));
}

export function parseOutline(body: Value): Outline {
  try {
    const [written, bound, salting] = tuple(body, ["list", "bytes", "bytes"], "outline");
    const program = new Program(written);
    return { program, root: bound, salting, digest: bind(program, bound, salting) };
  } catch (error) {
    if (error instanceof Malformed) throw new Malformed("outline");
    throw error;
  }
}

function bind({ body }: Program, bound: Bytes, salting: Bytes): Bytes {
  return digest("component-root", encode([ARITHMETIC, body, bound, salting]));
}
