/**
 * Scope: which handles end with the scope of their allocator. One deferred closure stands for all that were made in a row.
 *
 *     deferred in the region    │ closure │ of somebody │ closure │        the last one runs first
 *                                    │        else          │
 *     posts                     A ◀──┘              C ◀─ B ◀┘             the newest first; a handle that is disposed of leaves
 *
 * The closure ends the newest handle, and puts itself back before it does so if there are more: so drops run in the order in which
 * each handle had deferred one of its own, and what a drop defers comes before the older ones. A list gives up a post in O(1), and
 * a region in which a million Boxes came and went has one closure.
 *
 * @module
 */
import { type Allocator, attempt, type Can, rethrow } from "@alloc/core";

/** What ends with a scope. */
export interface Tenant {
  endWithScope(): void;
}

/** An allocator whose scope has an end, and what it may tell: of those of `@alloc/scoped` how many drops are deferred. */
type Home = Can<"defer"> & { readonly drops?: { readonly length: number }; readonly isScoped?: boolean };

/** One that is known to a scope, in the list of a run. */
export class Post {
  tenant: Tenant;
  run: Run | undefined;
  older: Post | undefined;
  newer: Post | undefined;

  constructor(tenant: Tenant, run: Run) {
    this.tenant = tenant;
    this.run = run;
    this.older = run.newest;
    this.newer = undefined;
    if (run.newest !== undefined) run.newest.newer = this;
    run.newest = this;
  }

  /** Leaves the list. A second time does nothing. */
  leave(): void {
    const { run, older, newer } = this;
    if (run === undefined) return;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else run.newest = older;
    this.run = this.older = this.newer = undefined;
  }
}

/** Those that were made without a drop of somebody else in between, behind one closure. */
class Run {
  readonly home: Home;
  readonly runs: Run[];
  newest: Post | undefined;
  /** How many drops were deferred with ours. */
  depth = NaN;
  isDeferred = false;
  readonly end = (): void => this.endNewest();

  constructor(home: Home, runs: Run[]) {
    this.home = home;
    this.runs = runs;
  }

  /** Whether nobody else has deferred a drop since ours, as far as that can be seen; and the scope is not locked. */
  get isOnTop(): boolean {
    const { drops, isScoped } = this.home;
    return isScoped !== true && (drops === undefined || drops.length === this.depth);
  }

  defer(): void {
    this.isDeferred = false;
    this.home.defer(this.end);
    this.isDeferred = true;
    this.depth = this.home.drops?.length ?? NaN;
  }

  endNewest(): void {
    const post = this.newest;
    if (post === undefined) {
      this.runs.splice(this.runs.indexOf(this), 1);
      return;
    }
    const errors: unknown[] = [];
    // First: what the drop defers comes after this, and so runs before the older ones. If it ends the scope, that finds the post.
    attempt(errors, () => this.defer());
    endPost(post, errors);
    // Where nothing more can be deferred, nobody comes back here.
    if (errors.length > 0) while (!this.isDeferred && this.newest !== undefined) endPost(this.newest, errors);
    rethrow(errors);
  }
}

function endPost(post: Post, errors: unknown[]): void {
  attempt(errors, () => post.tenant.endWithScope());
  post.leave();
}

/** The scope that an allocator defers to. */
interface Scope {
  readonly home: Home;
  readonly runs: Run[];
  /** Wrappers on the way to it that defer an end of their own, as a guard does: it has to run after those of the handles. */
  readonly waiting: readonly Waiting[];
}

/** Defers its own end, unless it has. */
interface Waiting {
  awaitEnd(): void;
}

const known = new WeakMap<Allocator, Scope>();

/** Has a tenant ended with the scope of its allocator, which can `defer`. Throws what `defer` throws, and then it is not known. */
export function enter(allocator: Can<"defer">, tenant: Tenant): Post {
  const { home, runs, waiting } = scopeOf(allocator);
  for (let index = waiting.length - 1; index >= 0; index--) waiting[index]!.awaitEnd();
  let run = runs.at(-1);
  if (run === undefined || !run.isOnTop) {
    run = new Run(home, runs);
    run.defer();
    runs.push(run);
  }
  return new Post(tenant, run);
}

/** What belongs to an allocator, or to the one that it wraps: all wrappers of a region defer to that. */
function scopeOf(allocator: Can<"defer">): Scope {
  const of = known.get(allocator);
  if (of !== undefined) return of;
  const [child] = allocator.children;
  const isWrapper =
    !("drops" in allocator) && allocator.children.length === 1 && typeof (child as Home).defer === "function";
  const below = isWrapper ? scopeOf(child as Home) : { home: allocator as Home, runs: [], waiting: [] };
  const isWaiting = isWrapper && typeof (allocator as Partial<Waiting>).awaitEnd === "function";
  const scope = isWaiting ? { ...below, waiting: [allocator as never, ...below.waiting] } : below;
  known.set(allocator, scope);
  return scope;
}
