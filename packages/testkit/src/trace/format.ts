/**
 * The trace format: the allocator calls of a program. See docs/traces.md for the full description.
 *
 *     # ops: 4                  header: key and value; ids, ops, peak and maxlive are required
 *     a 0 40                    allocate block 0: 40 bytes
 *     c 1 16                    allocate block 1: 16 bytes, zeroed
 *     r 0 80                    resize block 0 to 80 bytes; keeps the bytes up to the smaller size
 *     f 0                       release block 0
 *
 * Text, one event per line, LF, optionally gzip. Ids count from 0 in order of allocation; each is allocated once and released
 * once. An align of more than 16 follows the size.
 *
 * @module
 */
import { printable } from "../printable.ts";

export { Columns } from "./columns.ts";

/** Kind of an event: allocation. */
export const ALLOCATE = 0;
/** Kind of an event: zeroed allocation. */
export const ALLOCATE_ZEROED = 1;
/** Kind of an event: resize. */
export const RESIZE = 2;
/** Kind of an event: release. */
export const RELEASE = 3;

/** Maximum size of a request, in bytes. */
export const MOST_SIZE: number = 2 ** 32 - 1;

/** The header of a trace. */
export interface TraceHeader {
  /** Number of blocks. */
  readonly ids: number;
  /** Number of events. */
  readonly ops: number;
  /** Maximum bytes live at once. */
  readonly peak: number;
  /** Maximum blocks live at once. */
  readonly maxlive: number;
  /** All keys verbatim: `name`, `program`, … */
  readonly fields: Readonly<Record<string, string>>;
}

/** Events in columns: event `i` is `kinds[i]`, `ids[i]`, …. */
export interface Events {
  /** Number of events; the columns may be longer. */
  readonly length: number;
  /** {@link ALLOCATE}, {@link ALLOCATE_ZEROED}, {@link RESIZE} or {@link RELEASE}. */
  readonly kinds: Uint8Array;
  /** The numbers of the blocks, from 0. */
  readonly ids: Uint32Array;
  /** Bytes; 0 for a release. */
  readonly sizes: Uint32Array;
  /** Bytes; 0 if the trace gives none. */
  readonly aligns: Uint32Array;
}

/** A trace in memory, 13 bytes per event. */
export interface Trace extends Events {
  /** What the trace says of itself. */
  readonly header: TraceHeader;
}

/** Consecutive events of a trace being read. */
export interface Batch extends Events {
  /** What the trace says of itself. */
  readonly header: TraceHeader;
  /** Line of event 0, from 1; event `i` is `i` lines further. */
  readonly line: number;
  /** Bytes of the source read so far. */
  readonly read: number;
}

/** The bytes of a trace, optionally gzip: whole, or in pieces as from a file, a stream or a fetched body. */
export type TraceBytes = Uint8Array | AsyncIterable<Uint8Array>;

/** A trace as bytes or in memory. For errors, events of a trace in memory have the lines that `writeTrace` gives them. */
export type TraceSource = TraceBytes | Trace;

/** Options for reading a trace. */
export interface ReadOptions {
  /**
   * Maximum size of the uncompressed text, in bytes: a few bytes of gzip can expand to any amount.
   *
   * @defaultValue 268435456 (256 MiB)
   */
  readonly maxBytes?: number;
}

/** Thrown if a trace is not in the format. Its message names the line, and is one line of bounded length. */
export class TraceError extends Error {
  /** Always `"TraceError"`. */
  override readonly name: "TraceError";
  /** Always `"trace"`. */
  readonly code: "trace";
  /** Line of the trace, from 1. */
  readonly line: number;
  /** The message without the line number. */
  readonly reason: string;

  constructor(line: number, reason: string) {
    const told = printable(reason);
    super(`trace line ${line}: ${told}`);
    this.name = "TraceError";
    this.code = "trace";
    this.line = line;
    this.reason = told;
  }
}
