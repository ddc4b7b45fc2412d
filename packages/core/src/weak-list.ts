/**
 * Weak list: objects in the order in which they came, which it keeps nobody from collecting.
 *
 *     refs    │ a │ – │ b │ – │ – │ c │        – was collected: swept when the list has doubled since
 *
 * @module
 */

/** Entries that are not worth sweeping. */
const FEW = 16;

export class WeakList<T extends object> {
  readonly refs = new Set<WeakRef<T>>();
  readonly byObject = new WeakMap<T, WeakRef<T>>();
  /** As many entries are swept next. */
  limit = FEW;

  /** Adds an object at the end, unless it is there. */
  add(object: T): void {
    if (this.byObject.has(object)) return;
    if (this.refs.size >= this.limit) this.sweep();
    const ref = new WeakRef(object);
    this.byObject.set(object, ref);
    this.refs.add(ref);
  }

  delete(object: T): void {
    const ref = this.byObject.get(object);
    if (ref !== undefined) this.refs.delete(ref);
    this.byObject.delete(object);
  }

  /** Returns those that are there, the one that came last first. */
  newestFirst(): T[] {
    const there: T[] = [];
    for (const ref of this.refs) {
      const object = ref.deref();
      if (object !== undefined) there.push(object);
    }
    return there.reverse();
  }

  sweep(): void {
    for (const ref of this.refs) if (ref.deref() === undefined) this.refs.delete(ref);
    this.limit = Math.max(FEW, 2 * this.refs.size);
  }
}
