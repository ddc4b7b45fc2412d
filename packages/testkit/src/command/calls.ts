/**
 * CallLog: the program that is running, in memory that outlives the thread that runs it.
 *
 *     words   [0] calls so far   [1] bytes of text
 *     text    const a = make();⏎const b1 = a.allocate(Layout.of(8, 8));⏎…
 *
 * A thread that hangs, or died, cannot be asked. Because each call is written before it is made, the last line is the one that
 * has not returned.
 *
 * @module
 */
import { MAKE } from "../conformance/trial.ts";

const CALLS = 0;
const END = 1;
const HEAD = 8;
const TEXT = 2 ** 18;
/** Stands for what was written when the text was full. */
const LEFT_OUT = "// the calls before are left out";
const encoder = new TextEncoder();

export class CallLog {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly text: Uint8Array;

  /** @param shared - of the log in another thread; a new one unless said */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(HEAD + TEXT)) {
    this.shared = shared;
    this.words = new Int32Array(shared, 0, 2);
    this.text = new Uint8Array(shared, HEAD);
  }

  /** How many calls were written, of all programs. */
  get calls(): number {
    return Atomics.load(this.words, CALLS);
  }

  /** Writes the line of a call that is about to be made. That of the first begins the program anew. */
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

  /** Answers the lines of the program so far: none before the first call. */
  program(): string {
    // A copy, since no decoder takes memory that is shared.
    return new TextDecoder().decode(this.text.slice(0, Atomics.load(this.words, END))).trimEnd();
  }

  append(bytes: Uint8Array): void {
    const end = Atomics.load(this.words, END);
    this.text.set(bytes, end);
    Atomics.store(this.words, END, end + bytes.length);
  }
}
