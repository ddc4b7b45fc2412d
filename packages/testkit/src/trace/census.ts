/**
 * Census: tracks live blocks while events pass, and counts the numbers of the header.
 *
 * @module
 */
import { Columns } from "./columns.ts";
import { ALLOCATE, ALLOCATE_ZEROED, type Events, RELEASE, type Trace } from "./format.ts";
import { type Counts, headerFor } from "./header.ts";

export class Census implements Counts {
  /** Sizes of the live blocks by id, in order of ids. */
  readonly live: Map<number, number> = new Map();
  ids = 0;
  ops = 0;
  peak = 0;
  maxlive = 0;
  /** Live bytes. */
  bytes = 0;

  /** Counts a valid event. `size` is 0 for a release. */
  count(kind: number, id: number, size: number): void {
    const { live } = this;
    this.bytes += size - (live.get(id) ?? 0);
    if (kind === RELEASE) live.delete(id);
    else live.set(id, size);
    if (kind === ALLOCATE || kind === ALLOCATE_ZEROED) this.ids++;
    this.ops++;
    if (this.bytes > this.peak) this.peak = this.bytes;
    if (live.size > this.maxlive) this.maxlive = live.size;
  }
}

/**
 * Makes a trace from a copy of valid events: releases the live blocks at the end, in order of ids, and counts the header.
 * O(events).
 */
export function completeTrace(events: Events, fields: Readonly<Record<string, string>>): Trace {
  const census = new Census();
  for (let index = 0; index < events.length; index++) {
    census.count(events.kinds[index]!, events.ids[index]!, events.sizes[index]!);
  }
  const left = [...census.live.keys()];
  const all = new Columns(events.length + left.length);
  all.pushAll(events);
  for (const id of left) {
    all.push(RELEASE, id, 0, 0);
    census.count(RELEASE, id, 0);
  }
  return { ...all, header: headerFor(census, fields) };
}
