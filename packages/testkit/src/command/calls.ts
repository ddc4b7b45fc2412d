/**
 * CallLog: the running program, in memory that outlives its thread.
 *
 *     words   [0] calls so far   [1] bytes of text
 *     text    const a = make();⏎const b1 = a.allocate(Layout.of(8, 8));⏎…
 *
 * A thread that hangs or died cannot be asked. Each call is logged before it is made, so the last line is the call that has not
 * returned.
 *
 * @module
 */
import { MAKE } from "../conformance/trial.ts";

const CALLS = 0;
const END = 1;
const HEAD = 8;
const TEXT = 2 ** 18;
/** Replaces the earlier lines when the text buffer is full. */
const LEFT_OUT = "// earlier calls omitted";
const encoder = new TextEncoder();

export class CallLog {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly text: Uint8Array;

  /** @param shared - buffer of the log in another thread. Default: a new one */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(HEAD + TEXT)) {
    this.shared = shared;
    this.words = new Int32Array(shared, 0, 2);
    this.text = new Uint8Array(shared, HEAD);
  }

  /** Number of calls logged, over all programs. */
  get calls(): number {
    return Atomics.load(this.words, CALLS);
  }

  /** Logs the line of a call about to be made. The line of `make` starts a new program. */
  write(line: string): void {
    const bytes = encoder.encode(`${line}\n`);
    if (line === MAKE) Atomics.store(this.words, END, 0);
    else if (Atomics.load(this.words, END) + bytes.length > this.text.length) {
      Atomics.store(this.words, END, 0);
      this.append(encoder.encode(`${LEFT_OUT}\n`));
    }
    this.append(bytes);
    Atomics.add(this.words, CALLS, 1);
  }

  /** Returns the lines of the program so far; empty before the first call. */
  program(): string {
    // Copied, because decoders reject shared memory.
    return new TextDecoder().decode(this.text.slice(0, Atomics.load(this.words, END))).trimEnd();
  }

  append(bytes: Uint8Array): void {
    const end = Atomics.load(this.words, END);
    this.text.set(bytes, end);
    Atomics.store(this.words, END, end + bytes.length);
  }
}
