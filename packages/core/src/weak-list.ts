/**
 * Weak list: objects in the order in which they came, which it keeps nobody from collecting.
 *
 *     refs    │ a │ – │ b │ – │ – │ c │        – is gone: swept when the list has doubled since
 *               └──▶ token ──▶ object
 *
 * Engines keep whatever a WeakRef was made of until the job ends, so a loop that makes and ends a million objects would keep them
 * all. Hence the refs lead to tokens. An object that has ended lets go of its token, and only that small thing is kept.
 *
 * @module
 */

/** Entries that are not worth sweeping. */
const FEW = 16;

/** By what lists hold an object. Whoever makes it keeps it as long as the object lives, in a WeakMap for example. */
export class Token<T extends object> {
  /** The object; undefined when it has ended. */
  object: T | undefined;
  readonly ref: WeakRef<Token<T>>;

  constructor(object: T) {
    this.object = object;
    this.ref = new WeakRef(this);
  }
}

export class WeakList<T extends object> {
  readonly refs = new Set<WeakRef<Token<T>>>();
  /** As many entries are swept next. */
  limit = FEW;

  /** Adds an object at the end, unless it is there. */
  add({ ref }: Token<T>): void {
    if (this.refs.size >= this.limit) this.sweep();
    this.refs.add(ref);
  }

  delete({ ref }: Token<T>): void {
    this.refs.delete(ref);
  }

  /** Returns those that are there, the one that came last first. */
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
