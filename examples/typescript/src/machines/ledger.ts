/** The machine `ledger`: what the paper takes a blockchain to give, with keys that can be replaced. */

import { Fun, type Machine, Table, require } from "./machine.ts";

// Elements of sorts, by their names.
type Party = string;
type Key = string;
type Chain = string;
type Body = string;

// Places in a sequence, from 0.
type Nonce = number;
type Position = number;

export class Ledger implements Machine {
  // Whose secret a key was made with, and the key that a party starts with, which is its name.
  readonly maker = new Fun<[Key], Party>();
  readonly first = new Fun<[Party], Key>();
  /** Whether any key counts that the author ever had: a fault, not the ledger's. */
  readonly old_keys_count = new Fun<[], boolean>();

  name: Chain = "";

  // On the ledger: transactions, of which there are `height`.
  height: Position = 0;
  readonly author = new Table<[Position], Party>();
  readonly nonce = new Table<[Position], Nonce>();
  readonly body = new Table<[Position], Body>();
  readonly key = new Table<[Position], Key>();
  readonly rotates = new Table<[Position], boolean>();

  // What the ledger knows of its parties.
  readonly next = new Table<[Party], Nonce>();
  readonly in_force = new Table<[Party], Key>();
  readonly used = new Table<[Party, Key], boolean>();

  // What an onlooker who sees everything would know.
  readonly stolen = new Table<[Key], boolean>();
  readonly signer = new Table<[Position], Party>();
  readonly exposed = new Table<[Position], boolean>();

  readonly actions = [this.submit, this.rotate, this.steal];

  /** Somebody submits a transaction that names an author and is signed with a key. */
  submit(chain: Chain, signer: Party, k: Key, author: Party, n: Nonce, b: Body): void {
    this.#requireSigned(chain, signer, k, author, n);

    this.body.set(this.height, b);
    this.#append(signer, k, author, n, false);
  }

  /** The author's key is replaced; both keys sign. */
  rotate(chain: Chain, signer: Party, k: Key, author: Party, n: Nonce, to: Key): void {
    this.#requireSigned(chain, signer, k, author, n);
    require(!this.used.get(author, to), "key is new to the author");
    require(this.#canSign(signer, to), "new key has signed as well");

    this.#append(signer, k, author, n, true);
    this.in_force.set(author, to);
    this.used.set(author, to, true);
  }

  /** A key gets into the hands of others, off the ledger. */
  steal(k: Key): void {
    this.stolen.set(k, true);
  }

  #requireSigned(chain: Chain, signer: Party, k: Key, author: Party, n: Nonce): void {
    require(this.#canSign(signer, k), "signer has the key");
    require(chain === this.name, "transaction is for this ledger");
    require(this.#counts(author, k), "signature is the author's");
    require(n === this.next.get(author), "nonce is the author's next");
  }

  /** Whether a party has the secret of a key. */
  #canSign(p: Party, k: Key): boolean {
    return this.maker.get(k) === p || this.stolen.get(k);
  }

  /** Whether what a key signs is its author's. */
  #counts(author: Party, k: Key): boolean {
    const wasInForce = this.old_keys_count.get() && this.used.get(author, k);
    return k === this.in_force.get(author) || wasInForce;
  }

  /** Whether nobody else can sign for a party now. */
  #isSafe(author: Party): boolean {
    const k = this.in_force.get(author);
    return this.maker.get(k) === author && !this.stolen.get(k);
  }

  /** A transaction takes the next place. */
  #append(signer: Party, k: Key, author: Party, n: Nonce, rotates: boolean): void {
    const p = this.height;
    this.author.set(p, author);
    this.nonce.set(p, n);
    this.key.set(p, k);
    this.rotates.set(p, rotates);
    this.signer.set(p, signer);
    this.exposed.set(p, !this.#isSafe(author));
    this.height += 1;
    this.next.set(author, n + 1);
  }
}
