/**
 * fromMalloc: an allocator from C's functions: the malloc of a guest, of another library, of a runtime.
 *
 *     align ≤ native    malloc(size) ─────────────────────────▶ the block
 *     align > native    malloc(size + align − native)
 *                       ├─ skipped ─┤├──── the block ────┤      malloc's address is kept in a map outside
 *
 * @module
 */
import { Allocator } from "../allocator/allocator.ts";
import { move } from "../allocator/move.ts";
import { alignUp } from "../base/align.ts";
import { requireParts } from "../base/arguments.ts";
import { MisuseError } from "../base/errors.ts";
import { misuseOf } from "../chain/kind.ts";
import type { NameOption } from "../chain/names.ts";
import type { Memory } from "../memory/memory.ts";
import type { SharedIn } from "../memory/shared.ts";
import { Layout } from "../values/layout.ts";
import type { Null, Ptr } from "../values/ptr.ts";

/** Functions like C's. Addresses and sizes are i32 as WebAssembly passes them: from 2 GiB on they may be negative. */
export interface Malloc<N extends number | bigint = number> extends NameOption {
  /** The memory in which its blocks lie. */
  readonly memory: Memory;
  /** Returns 0 if there is no room. `N` is bigint for functions of memory64. */
  malloc(size: number): N;
  /** Releases a block. */
  free(ptr: number): void;
  /** Returns 0 if there is no room; the old block then stays valid. */
  realloc?(ptr: number, size: number): N;
  /**
   * The alignment that `malloc` guarantees, in bytes.
   *
   * @defaultValue 8
   */
  readonly align?: number;
  /** The allocator behind `malloc`, if any: the two are then not combined by mistake, and end together. */
  readonly parent?: Allocator;
}

/**
 * Makes an allocator from `malloc` and `free`. For a larger alignment than malloc's own it requests more bytes. `realloc`, if
 * given, resizes blocks of malloc's own alignment.
 *
 * Cost: that of malloc; a map entry per block of a larger alignment.
 *
 * Functions of memory64 take bigints: wrap them, as in `malloc: (size) => exports.malloc(BigInt(size))`. They may return bigints.
 *
 * @throws `TypeError` if `memory`, `malloc` or `free` is missing. Calls throw {@link MisuseError} `out-of-bounds` if malloc
 *   returns an address from 4 GiB on
 * @example
 * ```ts
 * import { fromMalloc, Layout, Memory } from "@alloc/core";
 *
 * let top = 8; // a malloc that never frees
 * const malloc = (size: number) => (top += size + 8) - size;
 * const allocator = fromMalloc({ memory: Memory.over(new ArrayBuffer(65536)), malloc, free: () => {} });
 * allocator.allocate(Layout.of(100, 64)); // => 64
 * ```
 */
export function fromMalloc<C extends Malloc<number | bigint>>(c: C): SharedIn<C["memory"], Allocator>;
export function fromMalloc(c: Malloc<number | bigint>): Allocator {
  requireParts("fromMalloc", c, ["memory", "malloc", "free"], ["realloc"]);
  const native = Layout.of(0, c.align).align;
  const returned = new Map<number, number>();
  const plain = (from: Layout, to: Layout) => c.realloc !== undefined && from.align <= native && to.align <= native;

  const allocator: Allocator = Allocator.from({
    memory: c.memory,
    parent: c.parent,
    name: c.name,
    allocate({ size, align }) {
      if (align <= native) return address(c.malloc(size)) as Ptr | Null;
      // Below 2 ** 32, because a layout's size rounded up to its align is.
      const start = address(c.malloc(size + align - native));
      if (start === 0) return 0;
      const ptr = alignUp(start, align);
      returned.set(ptr, start);
      return ptr as Ptr;
    },
    deallocate(ptr, { align }) {
      if (align <= native) return c.free(ptr);
      const start = returned.get(ptr);
      if (start === undefined)
        throw misuseOf(allocator, "foreign-pointer", `no block of align ${align} is live at ${ptr}`);
      returned.delete(ptr);
      c.free(start);
    },
    grow: resize,
    shrink: resize,
    describeSelf: () => ({ kind: "fromMalloc", options: { align: native }, state: {} }),
  });

  function resize(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (plain(from, to)) return address(c.realloc!(ptr, to.size)) as Ptr | Null;
    return move(allocator, ptr, from, allocator, to);
  }
  return allocator;
}

/** Converts an address from a guest to unsigned; memory64 returns a bigint. */
function address(n: number | bigint): number {
  const address = typeof n === "bigint" ? Number(n) : n >>> 0;
  if (address < 2 ** 32) return address;
  throw new MisuseError("out-of-bounds", `malloc returned ${address}: addresses from 4 GiB on are not supported`);
}
