/**
 * Refused: what the parent of a heap had no room for, so that it is not asked again within one request.
 *
 *     heap ── 8 sizes ──▶ heap ── 8 × 8 sizes ──▶ heap ── 8 × 8 × 8 sizes ──▶ pages        without it
 *
 * A heap that must grow asks its parent several times: to lengthen a chunk, for a new one, and for less each time. If the parent is
 * a heap too, it does the same for each of these requests, and so on down: where there is no room, the number of calls is a power
 * of the depth. Nothing becomes free between two calls of one outermost request, so a size that was refused once is refused in all
 * of it, and so are larger ones. With that, the number of calls grows no faster than the square of the depth.
 *
 * It is no state of the heap: it means nothing after the outermost request has ended.
 *
 * @module
 */

/** The number of the outermost request, and whether there is one. */
let request = 0;
let isRunning = false;

/** Calls a parent for room, as a part of the outermost request of this realm. */
export function asOneRequest<T>(call: () => T): T {
  if (isRunning) return call();
  isRunning = true;
  request++;
  try {
    return call();
  } finally {
    isRunning = false;
  }
}

/** What a parent is asked for: a new chunk, or a longer one. */
export type Wish = "taken" | "raised";

export class Refused {
  request = 0;
  /** The least sizes that were refused in that request. */
  taken = Infinity;
  raised = Infinity;

  /** Tries sizes in turn, except those that were refused in this request. Returns whether one was granted. */
  try(wish: Wish, sizes: readonly number[], grant: (size: number) => boolean): boolean {
    return asOneRequest(() => this.tryEach(wish, sizes, grant));
  }

  tryEach(wish: Wish, sizes: readonly number[], grant: (size: number) => boolean): boolean {
    if (this.request !== request) this.begin();
    for (const size of sizes) {
      if (size >= this[wish]) continue;
      if (grant(size)) {
        // There is another newest chunk now, or a longer one.
        this.raised = Infinity;
        return true;
      }
      this[wish] = size;
    }
    return false;
  }

  begin(): void {
    this.request = request;
    this.taken = Infinity;
    this.raised = Infinity;
  }
}
