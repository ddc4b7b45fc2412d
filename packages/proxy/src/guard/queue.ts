/**
 * Queue: the entries of a guard in the order in which they ended. Any entry leaves in constant time.
 *
 *     oldest ──▶ │ #9 │ ⇄ │ #7 │ ⇄ │ #12 │ ◀── newest
 *
 * The links are fields of the entries. A `Set` would do the same in fewer lines, but it keeps a hole for each entry that has left,
 * and finds its first entry by a walk past all holes.
 *
 * @module
 */
import type { Entry } from "./entry.ts";

export class Queue {
  size = 0;
  oldest: Entry | undefined = undefined;
  newest: Entry | undefined = undefined;

  /** Adds an entry that is in no queue. */
  add(entry: Entry): void {
    const last = this.newest;
    if (last === undefined) this.oldest = entry;
    else last.newer = entry;
    entry.older = last;
    entry.isQueued = true;
    this.newest = entry;
    this.size++;
  }

  /** Removes an entry of this queue. */
  delete(entry: Entry): void {
    const { older, newer } = entry;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    entry.older = entry.newer = undefined;
    entry.isQueued = false;
    this.size--;
  }

  /** The entries, the oldest first. The one that was returned last may be removed. */
  *[Symbol.iterator](): Generator<Entry, void, undefined> {
    for (let entry = this.oldest; entry !== undefined; ) {
      const next: Entry | undefined = entry.newer;
      yield entry;
      entry = next;
    }
  }
}
