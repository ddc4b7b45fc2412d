/**
 * Scope: ends handles with the scope of their allocator. One deferred closure covers all handles made in a row.
 *
 *     deferred in the region    │ closure │ other │ closure │             the last one runs first
 *     posts                     A ◀──┘          C ◀─ B ◀┘                 newest first; a disposed handle leaves the list
 *
 * The closure ends the newest handle and first defers itself again if there are more. Thus drops run in the order they would have
 * if each handle had deferred its own closure, and closures deferred by a drop run before the older ones. Leaving the list is
 * O(1), and a region in which a million Boxes came and went has one closure.
 *
 * @module
 */
import type { Allocator, Can } from "@alloc/core";
import { attempt, rethrow } from "@alloc/core/author";

/** A participant that ends with a scope. */
export interface Tenant {
  endWithScope(): void;
}

/** Tells whether an allocator has a scope. Like `can(allocator, "defer")`, without its checks. */
export function hasScope(allocator: Allocator): allocator is Can<"defer"> {
  return typeof (allocator as Partial<Can<"defer">>).defer === "function";
}

/** An allocator with a scope. Those of `@alloc/scoped` also have the number of deferred drops. */
type Home = Can<"defer"> & { readonly drops?: { readonly length: number }; readonly isScoped?: boolean };

/** The entry of a tenant in the list of a run. */
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

  /** Leaves the list. A second call does nothing. */
  leave(): void {
    const { run, older, newer } = this;
    if (run === undefined) return;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else run.newest = older;
    this.run = this.older = this.newer = undefined;
  }
}

/** Tenants entered without a foreign deferred drop in between, behind one closure. */
class Run {
  readonly home: Home;
  readonly runs: Run[];
  newest: Post | undefined;
  /** Number of deferred drops, including ours. */
  depth = NaN;
  isDeferred = false;
  readonly end = (): void => this.endNewest();

  constructor(home: Home, runs: Run[]) {
    this.home = home;
    this.runs = runs;
  }

  /** Whether ours is the last deferred drop, as far as visible, and the scope is not locked. */
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
    // First: closures deferred by the drop run before the older posts. If the drop ends the scope, the closure finds the post.
    attempt(errors, () => this.defer());
    endPost(post, errors);
    // If nothing more can be deferred, the closure will not run again: end all now.
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

/**
 * Registers a tenant with the scope of its allocator, which supports `defer`. Rethrows errors of `defer`; then it is not
 * registered.
 */
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

/** Returns the scope of an allocator, or of the one it wraps: all wrappers of a region defer to that region. */
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
