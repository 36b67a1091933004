/** The wire (docs/formats/wire.md): requests and answers, a line of JSON each. */

import type { Readable, Writable } from "node:stream";

import type { Entries, State, Value } from "../machines/machine.ts";

export type Opening = {
  folder: string;
  resume: boolean;
  machine: string;
  sizes: Record<string, number>;
  functions: Record<string, Entries>;
  start: State;
};

export type Request =
  | { do: "hello"; protocol: number; machine: string }
  | ({ do: "open" } & Opening)
  | { do: "take"; action: string; args: Value[] }
  | { do: "state" }
  | { do: "restart" }
  | { do: "close" };

export type Answer = Record<string, unknown>;

/** Answers each request, in order, until there are no more. */
export async function serve(
  answer: (request: Request) => Answer,
  input: Readable,
  output: Writable,
): Promise<void> {
  for await (const line of lines(input)) {
    const { id, ...request } = JSON.parse(line) as Request & { id: number };
    output.write(JSON.stringify({ id, ...answerOrFail(answer, request) }) + "\n");
  }
}

function answerOrFail(answer: (request: Request) => Answer, request: Request): Answer {
  try {
    return answer(request);
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

async function* lines(input: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of input.setEncoding("utf8")) {
    const whole = (rest + chunk).split("\n");
    rest = whole.pop() ?? "";
    yield* whole;
  }
}
