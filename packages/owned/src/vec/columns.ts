/**
 * Columns: a struct of arrays. The values of each field lie side by side.
 *
 *     Vec         │ x │ y │ id │ x │ y │ id │ x │ y │ id │        a loop over x reads all bytes
 *     Columns     │ x │ x │ x │▒▒│ y │ y │ y │▒▒│ id │ id │ id │▒▒│    a loop over x reads those of x
 *
 * For many rows of which each loop uses a few fields. A column is a typed array, so loops over columns are those by hand.
 *
 * @module
 */
import { type Allocator, type ArrayView, type Disposable, Layout } from "@alloc/core";
import { shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import { Factory } from "../handles/factory.ts";
import { allocatorFor } from "../handles/home.ts";
import type { Items, Type, View } from "../values/type.ts";
import { allocateBuffer } from "./buffer.ts";
import { ColumnsMachine, columnsOf } from "./columns-machine.ts";

/**
 * The typed array of a column with the name `Name`: that of the field's value type, as in `A` of the struct's {@link Type}. Never for a
 * field that has none. Any typed array if `A` is unknown.
 */
export type ColumnView<A, Name> = ColumnOf<Name extends keyof A ? A[Name] : unknown>;

type ColumnOf<V> = unknown extends V ? ArrayView : Extract<V, ArrayView>;

/**
 * Rows of a struct, stored by columns. Throws as {@link Vec} does: an index out of range OwnedError("index"), a value that does not
 * fit OwnedError("value"), missing room AllocError; then nothing has changed. All views end when the block moves.
 */
export interface Columns<T, A = unknown> extends Iterable<View<T>>, Disposable {
  /** Type of the rows. */
  readonly type: Type<T, A>;
  /** The allocator of the block. */
  readonly allocator: Allocator;
  /** Number of rows. */
  readonly length: number;
  /** Number of rows it has room for. */
  readonly capacity: number;
  /** Adds a row at the end. Amortised O(1); O(n) if the block moves. */
  push(value: T): void;
  /** Removes and returns the last row; undefined if there is none. Drops nothing. */
  pop(): T | undefined;
  /** Returns the light view of a row: its fields, on the prototype, read and write the columns. O(1). */
  row(index: number): View<T>;
  /** Returns a copy of a row. */
  get(index: number): T;
  /** Replaces a row and drops the old one. Setting a row to itself does nothing. */
  set(index: number, value: T): void;
  /** Removes and returns a row; the last one takes its place. Drops nothing. O(1). */
  swapRemove(index: number): T;
  /** Adds all rows, or none if one does not fit or there is no room. */
  extend(values: Iterable<T>): void;
  /** Drops the rows from an index on; does nothing if there are none. */
  truncate(length: number): void;
  /** Drops all rows. The capacity stays. */
  clear(): void;
  /** Makes room for `additional` more rows, amortised. */
  reserve(additional: number): void;
  /**
   * Returns a column of numbers or bigints as a fresh typed array, valid until the next call that may grow the memory.
   *
   * @param name - name of the field
   * @throws `OwnedError` with code `type` if there is no such field, or no typed array for its type: see {@link items}
   */
  view<Name extends keyof T>(name: Name): ColumnView<A, Name>;
  /**
   * Returns a column of any type by index, valid until the block moves. Rows added later are not in it.
   *
   * @param name - name of the field
   * @throws `OwnedError` with code `type` if there is no such field
   */
  items<Name extends keyof T>(name: Name): Items<T[Name]>;
  /** Drops the rows, first to last, and releases the block. A second call does nothing. */
  dispose(): void;
}

/** Makes Columns. The allocator argument is optional if the factory is bound to one. */
export interface ColumnsFactory<A extends readonly [Allocator?]> {
  /**
   * Makes empty Columns without a block. O(fields).
   *
   * @param type - a struct
   * @throws `OwnedError` with code `type` if it is no struct
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { Columns, f64, struct, text } from "@alloc/owned";
   *
   * using towns = Columns.new(struct({ name: text(8), houses: f64 }), pages());
   * towns.push({ name: "Ada", houses: 3 });
   * towns.row(0).houses += 1;
   * [...towns.items("name")]; // => ["Ada"]
   * towns.view("houses"); // => new Float64Array([4])
   * ```
   */
  "new"<T extends object, V>(type: Type<T, V>, ...allocator: A): Columns<T, V>;
  /**
   * Makes Columns of a list of rows. O(n).
   *
   * @throws `OwnedError`: `value` if a row does not fit, `type` if the type is no struct; `AllocError` if there is no room. Then
   *   no block is left
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { Columns, struct, u32, u8 } from "@alloc/owned";
   *
   * using rows = Columns.from(struct({ id: u32, kind: u8 }), [{ id: 7, kind: 1 }, { id: 8, kind: 2 }], pages());
   * rows.swapRemove(0); // => { id: 7, kind: 1 }
   * rows.get(0); // => { id: 8, kind: 2 }
   * ```
   */
  from<T extends object, V>(type: Type<T, V>, values: Iterable<NoInfer<T>>, ...allocator: A): Columns<T, V>;
  /**
   * Makes empty Columns with room for `capacity` rows.
   *
   * @throws `LayoutError` if `capacity` is not an integer from 0 or too large; `AllocError` if there is no room
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { Columns, f32, struct } from "@alloc/owned";
   *
   * using points = Columns.withCapacity(struct({ x: f32, y: f32 }), 1000, pages());
   * [points.length, points.capacity]; // => [0, 1000]
   * ```
   */
  withCapacity<T extends object, V>(type: Type<T, V>, capacity: number, ...allocator: A): Columns<T, V>;
}

class ColumnsMaker extends Factory implements ColumnsFactory<[allocator?: Allocator]> {
  new<T extends object, V>(type: Type<T, V>, allocator = this.home): Columns<T, V> {
    return make("Columns.new", type, 0, allocator);
  }

  from<T extends object, V>(type: Type<T, V>, values: Iterable<T>, allocator = this.home): Columns<T, V> {
    const columns = make("Columns.from", type, 0, allocator);
    try {
      columns.extend(values);
      return columns;
    } catch (error) {
      columns.dispose();
      throw error;
    }
  }

  withCapacity<T extends object, V>(type: Type<T, V>, capacity: number, allocator = this.home): Columns<T, V> {
    return make("Columns.withCapacity", type, capacity, allocator);
  }
}

function make<T extends object, V>(
  caller: string,
  type: Type<T, V>,
  capacity: number,
  home?: Allocator,
): Columns<T, V> {
  const allocator = allocatorFor(caller, type, home);
  const { members } = type;
  if (members === undefined) {
    throw new OwnedError("type", `${caller} expects a struct, got ${shown(type["@alloc/Type"])}`);
  }
  Layout.array(type.layout, capacity);
  const { layout } = columnsOf(members, capacity);
  const columns = allocateBuffer(caller, allocator, layout, (ptr) => {
    return new ColumnsMachine(type, allocator, ptr, capacity);
  });
  // What its columns are is known to the type alone.
  return columns as unknown as Columns<T, V>;
}

/**
 * Makes Columns: `new`, `from`, `withCapacity`. `Columns.in(allocator)` binds the factory to an allocator, which is then optional.
 *
 * Source: the struct of arrays, as `MultiArrayList` of Zig and `soa_derive` of Rust have it.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Columns, f64, struct } from "@alloc/owned";
 *
 * using particles = Columns.withCapacity(struct({ x: f64, speed: f64 }), 1000, pages());
 * for (let i = 0; i < 1000; i++) particles.push({ x: 0, speed: i });
 *
 * const [x, speed] = [particles.view("x"), particles.view("speed")];
 * for (let i = 0; i < x.length; i++) x[i]! += speed[i]!;
 * particles.row(999).x; // => 999
 * ```
 */
export const Columns: ColumnsFactory<[allocator: Allocator]> & {
  in(allocator: Allocator): ColumnsFactory<[allocator?: Allocator]>;
} = /* @__PURE__ */ new ColumnsMaker();
