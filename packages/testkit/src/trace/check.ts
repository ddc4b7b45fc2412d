/**
 * TraceCheck: checks each event as it comes, and at the end the counts of the header.
 *
 * The rules are the same for a trace being read and for one in memory, which a program may have built by hand. Only live blocks
 * are kept, so a trace may be larger than memory.
 *
 * @module
 */
import { isAlignment } from "@alloc/core";
import { Census } from "./census.ts";
import { ALLOCATE, ALLOCATE_ZEROED, MOST_SIZE, RELEASE, RESIZE, TraceError, type TraceHeader } from "./format.ts";
import type { Counts } from "./header.ts";

export class TraceCheck {
  readonly header: TraceHeader;
  readonly census: Census = new Census();

  constructor(header: TraceHeader) {
    this.header = header;
  }

  /**
   * Checks and counts the next event.
   *
   * @param align - bytes; 0 if the trace gives none
   * @throws `TraceError` if the event is invalid here
   */
  event(line: number, kind: number, id: number, size: number, align: number): void {
    const refusal = this.refusal(kind, id, size, align);
    if (refusal !== undefined) throw new TraceError(line, refusal);
    this.census.count(kind, id, size);
  }

  /** Throws a `TraceError` unless all blocks are released and the header is correct. */
  end(line: number): void {
    this.expect(line, "ops");
    this.expect(line, "ids");
    this.expect(line, "peak");
    this.expect(line, "maxlive");
    const [id] = this.census.live.keys();
    if (id !== undefined) throw new TraceError(line, `the file ends, but block ${id} was never released`);
  }

  /** Returns why an event is invalid here, undefined if it is valid. */
  refusal(kind: number, id: number, size: number, align: number): string | undefined {
    const { header, census } = this;
    const isAllocation = kind === ALLOCATE || kind === ALLOCATE_ZEROED;
    if (size > MOST_SIZE) return `the size must be at most ${MOST_SIZE} bytes, got ${size}`;
    if (align !== 0 && !isAlignment(align)) return wrongAlign(align);
    if (census.ops >= header.ops) return `the header declares ${header.ops} ops, but there is one more`;
    if (isAllocation) {
      if (id !== census.ids) return `ids count from 0 in the order of allocation: expected ${census.ids}, got ${id}`;
      if (id >= header.ids) return `the header declares ${header.ids} ids, got id ${id}`;
      return undefined;
    }
    if (kind !== RESIZE && kind !== RELEASE) return `expected an event of kind 0, 1, 2 or 3, got ${kind}`;
    if (!census.live.has(id))
      return `block ${id} is not live: it was ${id < census.ids ? "already released" : "never allocated"}`;
    if (align !== 0) return `only an allocation has an align, got ${align}`;
    if (kind === RELEASE && size !== 0) return `a release has size 0, got ${size}`;
    return undefined;
  }

  expect(line: number, key: keyof Counts): void {
    const made = this.census[key];
    const said = this.header[key];
    if (made !== said) {
      throw new TraceError(line, `the file ends: the header declares ${key} ${said}, the events have ${made}`);
    }
  }
}

/** Formats the error for an invalid align. */
export function wrongAlign(align: number): string {
  return `the align must be a power of two up to 2147483648, got ${align}`;
}
