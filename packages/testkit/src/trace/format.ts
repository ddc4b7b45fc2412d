/**
 * The trace format: what a program asked of its allocator, call by call. docs/traces.md describes it in full.
 *
 *     # ops: 4                  header: key and value; ids, ops, peak and maxlive must be there
 *     a 0 40                    allocate block 0: 40 bytes
 *     c 1 16                    allocate block 1: 16 bytes, zeroed
 *     r 0 80                    resize block 0 to 80 bytes; the smaller size of its bytes is kept
 *     f 0                       release block 0
 *
 * Text, one event a line, LF, gzip or not. Ids count from 0 in the order of allocation; each is allocated once and released
 * once. An align follows the size where it is more than 16.
 *
 * @module
 */

import { printable } from "../printable.ts";

export { Columns } from "./columns.ts";

/** What an event does. */
export const ALLOCATE = 0;
export const ALLOCATE_ZEROED = 1;
export const RESIZE = 2;
export const RELEASE = 3;

/** The most bytes of a request. */
export const MOST_SIZE: number = 2 ** 32 - 1;

/** The header of a trace. */
export interface TraceHeader {
  /** Blocks, from 0. */
  readonly ids: number;
  /** Events, from 0. */
  readonly ops: number;
  /** The most bytes live at once. */
  readonly peak: number;
  /** The most blocks live at once. */
  readonly maxlive: number;
  /** All keys as they stand: `name`, `program`, … */
  readonly fields: Readonly<Record<string, string>>;
}

/** Events in columns: event `i` is `kinds[i]`, and so on. */
export interface Events {
  /** How many: the columns may be longer. */
  readonly length: number;
  /** {@link ALLOCATE}, {@link ALLOCATE_ZEROED}, {@link RESIZE} or {@link RELEASE}. */
  readonly kinds: Uint8Array;
  readonly ids: Uint32Array;
  /** Bytes; 0 for a release. */
  readonly sizes: Uint32Array;
  /** Bytes, as the trace has them: 0 where it says nothing. */
  readonly aligns: Uint32Array;
}

/** A trace in memory: 13 bytes an event. */
export interface Trace extends Events {
  readonly header: TraceHeader;
}

/** Some consecutive events of a trace that is being read. */
export interface Batch extends Events {
  readonly header: TraceHeader;
  /** The line of event 0, from 1. Event `i` stands `i` lines further. */
  readonly line: number;
  /** Bytes of the source that were read so far. */
  readonly read: number;
}

/** The bytes of a trace, gzip or not: all at once, or as they come. A file, a stream, a fetched body. */
export type TraceBytes = Uint8Array | AsyncIterable<Uint8Array>;

/** A trace as bytes or in memory. Of one in memory, an event has the line that `writeTrace` gives it. */
export type TraceSource = TraceBytes | Trace;

/** How a trace is read. */
export interface ReadOptions {
  /**
   * The most bytes that the text of the trace may have, uncompressed: a few bytes of gzip can become any amount.
   * Default: 256 MiB.
   */
  readonly maxBytes?: number;
}

/** Thrown where a trace is not in the format. Its message names the line, is one line itself, and has a bounded length. */
export class TraceError extends Error {
  override readonly name: "TraceError";
  /** From 1. */
  readonly line: number;
  readonly reason: string;

  constructor(line: number, reason: string) {
    const told = printable(reason);
    super(`trace line ${line}: ${told}`);
    this.name = "TraceError";
    this.line = line;
    this.reason = told;
  }
}
