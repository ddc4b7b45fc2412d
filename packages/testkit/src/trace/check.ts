/**
 * TraceCheck: whether an event can come next, and whether a header says of all events what they are.
 *
 * The rules are the same for a trace that is read and for one in memory, which a program may have made up. Only what is live
 * is remembered, so a trace may be longer than memory.
 *
 * @module
 */
import { isAlignment } from "@alloc/core";
import { ALLOCATE, ALLOCATE_ZEROED, MOST_SIZE, RELEASE, RESIZE, TraceError, type TraceHeader } from "./format.ts";
import type { Counts } from "./header.ts";
import { Ledger } from "./ledger.ts";

export class TraceCheck {
  readonly header: TraceHeader;
  readonly ledger: Ledger = new Ledger();

  constructor(header: TraceHeader) {
    this.header = header;
  }

  /**
   * Counts the next event.
   *
   * @param align - bytes; 0 where the trace says nothing
   * @throws `TraceError` if it cannot come next
   */
  event(line: number, kind: number, id: number, size: number, align: number): void {
    const refusal = this.refusal(kind, id, size, align);
    if (refusal !== undefined) throw new TraceError(line, refusal);
    this.ledger.count(kind, id, size);
  }

  /** Throws a `TraceError` unless all has been released and the header is right. */
  end(line: number): void {
    this.expect(line, "ops");
    this.expect(line, "ids");
    this.expect(line, "peak");
    this.expect(line, "maxlive");
    const [id] = this.ledger.live.keys();
    if (id !== undefined) throw new TraceError(line, `the file ends, but block ${id} was never released`);
  }

  /** Answers why an event cannot come next, undefined if it can. */
  refusal(kind: number, id: number, size: number, align: number): string | undefined {
    const { header, ledger } = this;
    const isAllocation = kind === ALLOCATE || kind === ALLOCATE_ZEROED;
    if (size > MOST_SIZE) return `the size must be at most ${MOST_SIZE} bytes, came ${size}`;
    if (align !== 0 && !isAlignment(align)) return wrongAlign(align);
    if (ledger.ops >= header.ops) return `the header says ${header.ops} ops, and here is one more`;
    if (isAllocation) {
      if (id !== ledger.ids) return `ids count from 0 in the order of allocation: expected ${ledger.ids}, came ${id}`;
      if (id >= header.ids) return `the header says ${header.ids} ids, came id ${id}`;
      return undefined;
    }
    if (kind !== RESIZE && kind !== RELEASE) return `expected an event of kind 0, 1, 2 or 3, came ${kind}`;
    if (!ledger.live.has(id))
      return `block ${id} is not live: it was ${id < ledger.ids ? "released before" : "never allocated"}`;
    if (align !== 0) return `only an allocation has an align, came ${align}`;
    if (kind === RELEASE && size !== 0) return `a release has the size 0, came ${size}`;
    return undefined;
  }

  expect(line: number, key: keyof Counts): void {
    const made = this.ledger[key];
    const said = this.header[key];
    if (made !== said) {
      throw new TraceError(line, `the file ends: the header says ${key} ${said}, the events make ${made}`);
    }
  }
}

/** Says what an align must be. */
export function wrongAlign(align: number): string {
  return `the align must be a power of two up to 2147483648, came ${align}`;
}
