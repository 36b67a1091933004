/** What a ledger's contract is to the ledger: kinds of transactions, and who is heard. */

import type { Bytes } from "../bytes/bytes.ts";
import { type Dictionary, type Shape, type Shaped, shaped } from "./fields.ts";
import type { Transaction } from "./transaction.ts";

/** Takes the body of a transaction, and gives what carries it out for an author. */
export type Kind = (body: Dictionary) => (author: Bytes) => void;

export interface Contract {
  readonly kinds: ReadonlyMap<string, Kind>;

  /** The names of those who are convicted. */
  readonly convicted: ReadonlySet<string>;

  /** Requires of a transaction of any kind what this contract requires of all. */
  hear(said: Transaction): void;

  /** Takes note of a transaction that was carried out. */
  count(said: Transaction): void;

  /** Takes note that a party signs with another key from now on. */
  replaceKey(party: Bytes, key: Bytes): void;
}

/** A kind whose body has a shape; `act` requires what must hold, and then changes the state. */
export function kind<S extends Shape>(
  shape: S,
  act: (author: Bytes, body: Shaped<S>) => void,
): Kind {
  return (body) => {
    const fields = shaped(body, shape, "transaction.body");
    return (author) => act(author, fields);
  };
}
