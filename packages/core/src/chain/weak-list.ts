/**
 * Weak list: objects in insertion order, held weakly.
 *
 *     refs    │ a │ – │ b │ – │ – │ c │        – is gone; swept when the list has doubled
 *               └──▶ token ──▶ object
 *
 * Engines keep the target of a new WeakRef until the job ends, so a loop that makes and ends a million objects would keep all of
 * them. Therefore the refs point to tokens: an object that has ended is removed from its token, and only the small token is kept.
 *
 * @module
 */

/** Fewer entries are not worth sweeping. */
const FEW = 16;

/** Represents an object in lists. Its creator keeps it as long as the object lives, for example in a WeakMap. */
export class Token<T extends object> {
  /** The object; undefined once it has ended. */
  object: T | undefined;
  readonly ref: WeakRef<Token<T>>;

  constructor(object: T) {
    this.object = object;
    this.ref = new WeakRef(this);
  }
}

export class WeakList<T extends object> {
  readonly refs = new Set<WeakRef<Token<T>>>();
  /** The size at which the list is swept next. */
  limit = FEW;

  /** Adds an object at the end, unless it is already there. */
  add({ ref }: Token<T>): void {
    if (this.refs.size >= this.limit) this.sweep();
    this.refs.add(ref);
  }

  delete({ ref }: Token<T>): void {
    this.refs.delete(ref);
  }

  /** Returns the live objects, newest first. */
  newestFirst(): T[] {
    const there: T[] = [];
    for (const ref of this.refs) {
      const object = ref.deref()?.object;
      if (object !== undefined) there.push(object);
    }
    return there.reverse();
  }

  sweep(): void {
    for (const ref of this.refs) if (ref.deref()?.object === undefined) this.refs.delete(ref);
    this.limit = Math.max(FEW, 2 * this.refs.size);
  }
}
