/**
 * parseRep: reads the widespread traces of the CS:APP malloc lab.
 *
 *     20000       heap size, unused                     a 0 512      p0 = malloc(512)
 *     3           ids                                   a 1 128      p1 = malloc(128)
 *     8           ops                                   r 0 640      p0 = realloc(p0, 640)
 *     1           weight                                f 1          free(p1)
 *
 * There, ids need not be in order and blocks may leak; in our format neither is allowed. So the whole trace is read into memory.
 *
 * @module
 */
import { requireFields, requireReading, requireSource } from "../arguments.ts";
import { completeTrace } from "./census.ts";
import { Columns } from "./columns.ts";
import {
  ALLOCATE,
  MOST_SIZE,
  RELEASE,
  RESIZE,
  type ReadOptions,
  type Trace,
  type TraceBytes,
  TraceError,
} from "./format.ts";
import { linesOf, unreadable } from "./lines.ts";

const HEADER = ["the heap size", "the number of ids", "the number of ops", "the weight"] as const;

/**
 * Reads a trace of the malloc lab. Ids are renumbered in order of allocation, and blocks live at the end are released there. A
 * released id may be allocated again, and is a new block then.
 *
 * Cost: 13 bytes per event.
 *
 * Source: Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective, the malloc lab.
 *
 * @param source - the bytes, optionally gzip
 * @param fields - keys for the header besides `heapsize` and `weight`: `name`, …
 * @param options - see {@link ReadOptions}
 * @returns the trace in memory
 * @throws `TraceError` at the first line not in that format or invalid, and if the text is longer than `maxBytes`
 * @example
 * ```ts
 * import { parseRep } from "@alloc/testkit";
 *
 * const trace = await parseRep(new TextEncoder().encode("20000\n3\n2\n1\na 2 512\na 0 128\n"), { name: "lab" });
 * trace.length; // => 4
 * trace.header.peak; // => 640
 * ```
 */
export async function parseRep(
  source: TraceBytes,
  fields: Readonly<Record<string, string>> = {},
  options: ReadOptions = {},
): Promise<Trace> {
  requireSource("parseRep", source, false);
  requireFields("parseRep(bytes, { name })", fields);
  requireReading("parseRep", options);
  const reader = new RepReader();
  try {
    for await (const { bytes } of linesOf(source, options)) reader.lines(bytes);
  } catch (error) {
    throw unreadable(reader.line, error);
  }
  return reader.finish(fields);
}

class RepReader {
  /** The next line, from 1. */
  line = 1;
  /** Numbers of the header read so far. */
  readonly header: number[] = [];
  readonly events = new Columns();
  /** New ids of the live blocks by original id. */
  readonly live = new Map<number, number>();
  ids = 0;

  lines(bytes: Uint8Array): void {
    const text = new TextDecoder("latin1").decode(bytes);
    for (const line of text.replace(/\n$/, "").split("\n")) {
      const words = line.trim();
      if (words !== "") this.read(words);
      this.line++;
    }
  }

  read(line: string): void {
    if (this.header.length < HEADER.length) this.readNumber(line);
    else this.readEvent(line);
  }

  readNumber(line: string): void {
    if (!/^\d{1,15}$/.test(line)) {
      throw this.error(`expected ${HEADER[this.header.length]} on a line of its own, got ${shown(line)}`);
    }
    this.header.push(Number(line));
  }

  readEvent(line: string): void {
    const [, letter, theirs, size] = /^([arf])\s+(\d{1,15})(?:\s+(\d{1,15}))?$/.exec(line) ?? [];
    if (letter === undefined || (letter === "f") !== (size === undefined)) {
      throw this.error(`expected "a <id> <size>", "r <id> <size>" or "f <id>", got ${shown(line)}`);
    }
    this.follow(letter, Number(theirs), Number(size ?? 0));
  }

  follow(letter: string, theirs: number, size: number): void {
    const { live, events } = this;
    const [, ids, ops] = this.header as [number, number, number, number];
    if (events.length >= ops) throw this.error(`the header declares ${ops} ops, but there is one more`);
    if (theirs >= ids) throw this.error(`the header declares ${ids} ids, from 0, got id ${theirs}`);
    if (size > MOST_SIZE) throw this.error(`the size must be at most ${MOST_SIZE} bytes, got ${size}`);
    const id = live.get(theirs);
    if (letter === "a") {
      if (id !== undefined)
        throw this.error(`block ${theirs} is live: it must be released before it is allocated again`);
      live.set(theirs, this.ids);
      events.push(ALLOCATE, this.ids++, size, 0);
      return;
    }
    if (id === undefined) throw this.error(`block ${theirs} is not live: it was never allocated, or already released`);
    if (letter === "f") live.delete(theirs);
    events.push(letter === "f" ? RELEASE : RESIZE, id, size, 0);
  }

  /** Throws unless the trace matches its header. */
  finish(fields: Readonly<Record<string, string>>): Trace {
    const missing = HEADER[this.header.length];
    if (missing !== undefined) throw this.error(`the file ends: expected ${missing} on a line of its own`);
    const [heapsize, , ops, weight] = this.header as [number, number, number, number];
    const made = this.events.length;
    if (made !== ops) throw this.error(`the file ends: the header declares ops ${ops}, the events have ${made}`);
    return completeTrace(this.events, { ...fields, heapsize: `${heapsize}`, weight: `${weight}` });
  }

  error(reason: string): TraceError {
    return new TraceError(this.line, reason);
  }
}

function shown(line: string): string {
  return JSON.stringify(line.slice(0, 40));
}
