import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { type State, show } from "../src/machines/machine.ts";
import { Program } from "../src/program/program.ts";
import { type Answer, serve } from "../src/program/wire.ts";
import { examples } from "./examples.ts";
import { Lock, START, lock } from "./lock.ts";

type Line = Record<string, unknown>;

function folder(): string {
  return mkdtempSync(join(tmpdir(), "tallystick-"));
}

function opening(folder: string, resume: boolean): Line {
  const sizes = { Client: 3 };
  return { do: "open", folder, resume, machine: "lock", sizes, functions: {}, start: START };
}

function acquiring(client: string): Line {
  return { do: "take", action: "acquire", args: [client] };
}

/** What a new program of the lock answers, without the numbers. */
async function answers(...requests: Line[]): Promise<Answer[]> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const program = new Program("lock", () => new Lock());
  requests.forEach((request, id) => input.write(JSON.stringify({ ...request, id }) + "\n"));
  input.end();
  await serve((request) => program.answer(request), input, output);
  output.end();
  const lines = (await text(output)).split("\n").slice(0, -1);
  assert.equal(lines.length, requests.length);
  return lines.map((line, number) => {
    const { id, ...answer } = JSON.parse(line) as Answer;
    assert.equal(id, number);
    return answer;
  });
}

examples("wire", {
  converse: async ({ lines }: { lines: Line[] }) => {
    const own = folder();
    const asked = lines.filter((_, i) => i % 2 === 0);
    const answered = lines.filter((_, i) => i % 2 === 1);
    const found = await answers(
      ...asked.map((request) => (request.do === "open" ? { ...request, folder: own } : request)),
    );
    found.forEach((answer, i) => assert.deepEqual(comparable(answer), comparable(answered[i])));
  },
  answer: () => {}, // is for whoever asks
});

/** An answer without what each program says as it is, and its state whole. */
function comparable(answer: Line = {}): Line {
  const { id, name, version, restarts, ...rest } = answer;
  return rest.state ? { ...rest, state: show(lock(rest.state as State)) } : rest;
}

test("what was acknowledged is there after each restart", async () => {
  const own = folder();
  const before = await answers(opening(own, false), acquiring("client1"), { do: "state" });
  assert.deepEqual(before[2], { state: show(lock({ held: true, holds: [[["client1"], true]] })) });
  assert.deepEqual(await answers(opening(own, true), { do: "state" }), [{}, before[2]]);
  const restarted = await answers(opening(own, true), { do: "restart" }, { do: "state" });
  assert.deepEqual(restarted[2], before[2]);
});

test("what was written down in part was never acknowledged, and is gone", async () => {
  const own = folder();
  await answers(opening(own, false));
  const [journal = ""] = readdirSync(own);
  appendFileSync(join(own, journal), '["acquire",["cli');
  const taken = await answers(opening(own, true), acquiring("client0"));
  assert.deepEqual(taken, [{}, { accepted: true }]);
  const after = await answers(opening(own, true), { do: "state" });
  assert.deepEqual(after[1], { state: show(lock({ held: true, holds: [[["client0"], true]] })) });
});

test("what makes no sense fails, and says why", async () => {
  const own = folder();
  const senseless: [Line, RegExp][] = [
    [{ do: "hello", protocol: 2, machine: "lock" }, /version 1/],
    [{ ...opening(own, false), machine: "safe" }, /implements lock/],
    [{ ...opening(own, false), start: { held: false } }, /holds is missing/],
    [{ do: "take", action: "break", args: [] }, /no action break/],
    [{ do: "take", action: "acquire", args: [] }, /takes 1 argument/],
    [{ do: "take", action: "acquire", args: ["client3"] }, /no entry for \["client3"\]/],
    [{ do: "sing" }, /no request sing/],
  ];
  for (const [request, why] of senseless) {
    const [, answer] = await answers(opening(own, false), request);
    assert.match(String(answer?.failed), why);
  }
});

test("what fails halfway has changed nothing", async () => {
  const nobody = acquiring("client3");
  const found = await answers(opening(folder(), false), { do: "state" }, nobody, { do: "state" });
  assert.ok(found[2]?.failed);
  assert.deepEqual(found[3], found[1]);
});
