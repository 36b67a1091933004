/** Stories of steps that are disputed, with the money that everybody has in the end. */

import { test } from "node:test";

import type { Bytes } from "../src/bytes/bytes.ts";
import { type Value, encode } from "../src/bytes/encoding.ts";
import { seal } from "../src/bytes/sealing.ts";
import { dictionary } from "../src/ledger/fields.ts";
import { CONSUMER, ONE, PROVIDER, TWO, filled } from "./ledger.ts";
import { COMPONENT, HANDED, type Run, SALTING, TRIPLED, leaf, opening, stated } from "./run.ts";
import { KEY, MALFORMED, NOTHING, SECRET, Story, partOf } from "./story.ts";

type Fields = Record<string, Value>;
type Options = ConstructorParameters<typeof Story>[0] & { opponent?: Bytes; waited?: number };

const UNTOLD = "opponent was not told what it needs";
const TURN = "halving is the one whose turn it is";

/** A step that ONE has executed is disputed. */
class Quarrel extends Story {
  readonly opponent: Bytes;

  constructor({ opponent = CONSUMER, waited = 0, ...made }: Options = {}) {
    super(made);
    this.opponent = opponent;
    this.done();
    this.wait(waited);
    this.dispute(0n);
  }

  dispute(step: bigint): void {
    this.say(this.opponent, "dispute", { step, key: KEY });
  }

  override run(opponent = this.opponent): Run {
    return super.run(opponent);
  }

  /** What ONE says first, of which some can be otherwise. */
  first(other: Fields = {}): Fields {
    const [statement, state] = [this.run().statement(), this.run().middle];
    return { halvings: 2n, statement, sealed: seal(KEY, this.opening(0n)), state, ...other };
  }

  begin(other: Fields = {}): void {
    this.say(ONE, "narrow", this.first(other));
  }

  /** What ONE says later of what it holds. */
  later(state: Bytes): Fields {
    return { halvings: 1n, statement: NOTHING, sealed: NOTHING, state };
  }

  answer(same: boolean, halvings = 1n): void {
    this.say(this.opponent, "answer", { halvings, same });
  }

  /** What ONE shows in the end. */
  row(witness: Bytes): Fields {
    return { statement: NOTHING, witness };
  }

  /** The step is left in which the number is doubled: before it, both sides have the same. */
  narrowed(): void {
    this.begin();
    this.answer(false);
    this.say(ONE, "narrow", this.later(this.run().checked));
    this.answer(true, 0n);
  }

  /** The first step as a whole, of which some can be otherwise. */
  whole(other: Fields = {}): Fields {
    const [input, output] = [this.opening(0n), this.opening(1n)];
    return { input, output, secret: HANDED, component: COMPONENT, ...other };
  }

  /** ONE is convicted, and everybody else has what it had. */
  isUpheld(): void {
    this.ledger.convicts(ONE);
    this.has(CONSUMER, 100n, 0n);
    this.has(PROVIDER, 50n, 50n);
    this.wait(2);
    for (const step of [0n, 1n]) this.say(TWO, "collect", { step });
    this.has(ONE, 50n + 15n, 26n);
  }

  /** Nobody is convicted; the request settles, once so much time is over as there was before. */
  isDismissed(left: number, tolls = 1n): void {
    this.ledger.convicts();
    for (let block = 0; block < left; block += 1) {
      this.refuses("deadline has passed", TWO, "settle");
      this.wait(1);
    }
    this.say(TWO, "settle");
    this.wait(2);
    for (const step of [0n, 1n]) this.say(TWO, "collect", { step });
    this.has(ONE, 50n + 31n + 2n * tolls, 26n);
  }
}

test("a quarrel is narrowed down move by move, and a false number convicts", () => {
  const story = new Quarrel({ wrong: 1n });
  const { witness } = story.run();
  const atOnce = { statement: story.run().statement(), witness };
  story.refuses("quarrel is about one row", ONE, "open_row", atOnce);
  story.refuses("author executed the step", TWO, "narrow", story.first());
  story.refuses("opponent is to answer", CONSUMER, "answer", { halvings: 2n, same: true });
  story.refuses("opponent is to answer", CONSUMER, "concede");
  story.refuses("opponent is to answer", TWO, "complain", secretly(SECRET));
  story.begin();
  story.refuses("a step is disputed", ONE, "narrow", story.first());
  story.refuses("a step is disputed", ONE, "open_row", story.row(witness));
  story.refuses("a step is disputed", ONE, "open_step", story.whole());
  story.refuses("author is the opponent", ONE, "answer", { halvings: 1n, same: true });
  story.refuses(TURN, CONSUMER, "answer", { halvings: 2n, same: true });
  story.answer(false);
  const later = story.later(story.run().checked);
  for (const said of ["statement", "sealed"]) {
    story.refuses(MALFORMED, ONE, "narrow", { ...later, [said]: filled(1) });
  }
  story.refuses(TURN, ONE, "narrow", { ...later, halvings: 2n });
  story.say(ONE, "narrow", later);
  story.answer(true, 0n);
  story.refuses("quarrel is about more than one row", ONE, "narrow", later);
  story.refuses("author executed the step", TWO, "open_row", story.row(witness));
  story.refuses(MALFORMED, ONE, "open_row", atOnce);
  story.refuses(MALFORMED, ONE, "open_row", story.row(filled(1)));
  for (const verdict of ["uphold", "dismiss"]) story.refuses("step is opened", TWO, verdict);
  story.say(ONE, "open_row", story.row(witness));
  story.refuses("output is what the component gives", TWO, "dismiss");
  story.say(TWO, "uphold");
  story.isUpheld();
});

test("an executor states what it is bound to", () => {
  const story = new Quarrel();
  const { opponent } = story;
  for (const name of ["outline", "salts", "input", "output"]) {
    const statement = story.run().statement({ [name]: NOTHING });
    story.refuses(MALFORMED, ONE, "narrow", story.first({ statement }));
  }
  const other = new Story({ wrong: 1n }).run(opponent);
  story.refuses(MALFORMED, ONE, "narrow", story.first({ statement: other.statement() }));
});

test("who doubts a right number loses its tolls, and the window is as it was", () => {
  const story = new Quarrel({ waited: 1 });
  story.narrowed();
  story.say(ONE, "open_row", story.row(story.run().witness));
  story.refuses("output is not what the component gives", TWO, "uphold");
  story.say(TWO, "dismiss");
  story.has(CONSUMER, 86n, 0n);
  const again = { step: 0n, key: KEY };
  story.refuses("party did not dispute the step before", CONSUMER, "dispute", again);
  story.isDismissed(1);
});

test("a quarrel is about what comes after a state in which both sides have the same", () => {
  const story = new Quarrel();
  story.begin();
  story.answer(true);
  story.say(ONE, "narrow", story.later(story.run().complete));
  story.answer(true, 0n);
  story.refuses(MALFORMED, ONE, "open_row", story.row(story.run().witness));
  story.say(ONE, "open_row", story.row(NOTHING)); // past the end
  story.say(TWO, "dismiss");
  story.isDismissed(2);
});

test("each move is due in a window of its own", () => {
  const story = new Quarrel();
  story.wait(1);
  story.begin();
  story.wait(1);
  story.refuses("deadline has passed", TWO, "concede");
  story.answer(false);
  story.wait(1);
  story.refuses("deadline has passed", TWO, "refuse_to_open");
  story.wait(1);
  story.say(TWO, "refuse_to_open");
  story.isUpheld();
});

test("an opponent that does not answer loses its tolls", () => {
  const story = new Quarrel();
  story.begin();
  story.wait(2);
  story.say(TWO, "concede");
  story.has(CONSUMER, 86n, 0n);
  story.isDismissed(2);
});

test("of a window that was over nothing is left once a dispute is dismissed", () => {
  const story = new Quarrel({ waited: 3 });
  story.begin();
  story.wait(2);
  story.say(TWO, "concede");
  story.isDismissed(0);
});

test("a step is disputed by one party after the other, and each quarrel begins anew", () => {
  const story = new Quarrel();
  story.begin();
  story.wait(2);
  story.say(TWO, "concede");
  story.say(PROVIDER, "dispute", { step: 0n, key: KEY });
  const run = story.run(PROVIDER);
  story.refuses(MALFORMED, ONE, "narrow", { ...story.later(run.middle), halvings: 2n });
  story.say(ONE, "narrow", story.first({ statement: run.statement(), state: run.middle }));
  story.wait(2);
  story.say(TWO, "concede");
  for (const party of [CONSUMER, PROVIDER]) {
    const again = { step: 0n, key: KEY };
    story.refuses("party did not dispute the step before", party, "dispute", again);
  }
  story.isDismissed(2, 2n);
});

/** A complaint by the secret of the opponent's key. */
function secretly(secret: Bytes): Fields {
  return { secret, salt: NOTHING, key: NOTHING };
}

/** A complaint by that from which salts follow. */
function openly(salt: Bytes, key = SALTING): Fields {
  return { secret: NOTHING, salt, key };
}

test("who may see the input, and is told another, is upheld", () => {
  const story = new Quarrel({ opponent: PROVIDER });
  story.begin({ sealed: seal(KEY, story.opening(1n)) });
  for (const other of [filled(1), Uint8Array.of(1)]) {
    story.refuses(MALFORMED, TWO, "complain", secretly(other));
  }
  story.say(TWO, "complain", secretly(SECRET));
  story.isUpheld();
});

test("nobody can complain who was told the input, or is not to see it", () => {
  const told = new Quarrel({ opponent: PROVIDER });
  told.begin();
  told.refuses(UNTOLD, PROVIDER, "complain", secretly(SECRET));
  const stranger = new Quarrel();
  stranger.begin({ sealed: NOTHING });
  stranger.refuses(UNTOLD, CONSUMER, "complain", secretly(SECRET));
});

test("salts that do not follow from what they must are upheld", () => {
  const story = new Quarrel();
  const salt = story.opening(0n).subarray(0, 16);
  const salts = [...(story.run().stated.salts as Bytes[]).slice(0, 3), filled(1)];
  story.begin({ statement: story.run().statement({ salts }) });
  for (const other of [openly(filled(1)), openly(salt, filled(1)), openly(NOTHING)]) {
    story.refuses(UNTOLD, TWO, "complain", other);
  }
  story.say(TWO, "complain", openly(salt));
  story.isUpheld();
});

test("an output that is salted by anything else is upheld, and no whole of it is opened", () => {
  const story = new Quarrel({ salt: filled(1).subarray(0, 16) });
  story.refuses(MALFORMED, ONE, "open_step", story.whole());
  story.begin();
  story.say(TWO, "complain", openly(story.opening(0n).subarray(0, 16)));
  story.isUpheld();
});

test("nobody can complain of salts that follow from what they must", () => {
  const story = new Quarrel();
  story.begin();
  story.refuses(UNTOLD, TWO, "complain", openly(story.opening(0n).subarray(0, 16)));
});

test("a step that is shown whole is judged, and the last of its version is not shown", () => {
  const story = new Quarrel();
  story.refuses("author executed the step", TWO, "open_step", story.whole());
  const [input, output] = [0n, 1n].map((at) => opening(story.opening(at).subarray(0, 16), 1n));
  for (const [name, other] of Object.entries({ input, output, component: TRIPLED })) {
    story.refuses(MALFORMED, ONE, "open_step", story.whole({ [name]: other as Bytes }));
  }
  story.say(ONE, "open_step", story.whole());
  story.refuses("output is not what the component gives", TWO, "uphold");
  story.say(TWO, "dismiss");
  story.dispute(1n);
  const last = story.whole({ input: story.opening(1n), output: story.opening(2n) });
  story.refuses("a step of the version stays undisclosed", ONE, "open_step", last);
  story.refuses("author executed the step", TWO, "open_row", story.row(NOTHING));
  story.wait(2);
  story.say(TWO, "refuse_to_open");
  story.ledger.convicts(ONE);
});

test("a secret has 16 bytes, whatever a leaf binds", () => {
  const secret = filled(30);
  const steps = [0n, 1n].map((step) => partOf(leaf("a", 0n, step, secret)));
  const story = new Quarrel({ terms: { steps }, secret });
  story.refuses(MALFORMED, ONE, "open_step", story.whole({ secret }));
});

test("the same step can be shown whole twice", () => {
  const story = new Quarrel();
  story.say(ONE, "open_step", story.whole());
  story.say(TWO, "dismiss");
  story.say(PROVIDER, "dispute", { step: 0n, key: KEY });
  story.say(ONE, "open_step", story.whole());
  story.say(TWO, "dismiss");
  story.isDismissed(2, 2n);
});

test("a false number convicts who shows the whole of its step", () => {
  const story = new Quarrel({ wrong: 1n });
  story.say(ONE, "open_step", story.whole());
  story.refuses("output is what the component gives", TWO, "dismiss");
  story.say(TWO, "uphold");
  story.isUpheld();
});

test("of too few rounds nothing comes, which is shown by no witness", () => {
  const story = new Story();
  story.done();
  story.say(CONSUMER, "dispute", { step: 1n, key: KEY });
  const statement = encode(dictionary(stated(story.opening(1n), story.opening(2n), [])));
  story.refuses(MALFORMED, ONE, "open_row", { statement, witness: filled(1) });
  story.say(ONE, "open_row", { statement, witness: NOTHING });
  story.say(TWO, "dismiss");
});

test("an auditor quarrels at no toll, once", () => {
  const story = new Story();
  story.done();
  story.drawLots(true);
  story.say(TWO, "audit", { step: 0n, key: KEY });
  const run = story.run(TWO);
  const sealed = seal(KEY, story.opening(0n));
  const first = { halvings: 2n, statement: run.statement(), sealed, state: run.middle };
  story.say(ONE, "narrow", first);
  story.refuses("author is the opponent", CONSUMER, "answer", { halvings: 1n, same: true });
  story.wait(2);
  story.say(CONSUMER, "concede");
  story.ledger.convicts();
  story.has(TWO, 50n, 50n);
  story.refuses("step was not audited before", TWO, "audit", { step: 0n, key: KEY });
  story.wait(2);
  story.say(TWO, "settle");
});
