/**
 * toMalloc: an allocator as C's functions, where `free` takes no size.
 *
 *     with sizeAt       │     block     │                  nothing that an overflow could hit
 *     without           │ size │ block  │                  a header of 16 bytes in front, in the memory
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { can } from "../allocator/capabilities.ts";
import { requireAllocator } from "../base/arguments.ts";
import { MisuseError } from "../base/errors.ts";
import { Layout } from "../values/layout.ts";
import type { Ptr } from "../values/ptr.ts";

/** The functions of C. Sizes and addresses may be negative i32 as WebAssembly passes them; 0 means no room. */
export interface MallocFunctions {
  /** Bytes of the header in front of each block: 0 if the allocator supports `sizeAt`. */
  readonly header: number;
  /** Allocates a block. Returns 0 if there is no room. */
  malloc(size: number): number;
  /** Allocates zeroed bytes. Returns 0 if there is no room or `count * size` is larger than the address space. */
  calloc(count: number, size: number): number;
  /**
   * Resizes a block. For NULL it is `malloc`. For size 0 it returns a block of the least size, like dlmalloc; it never releases.
   * Shrinking never returns 0: a block that cannot become smaller stays as it is.
   */
  realloc(ptr: number, size: number): number;
  /** Releases a block. Does nothing for NULL. */
  free(ptr: number): void;
}

/**
 * Converts an allocator to C's functions. The size of a block comes from `sizeAt`; without it, each block gets a header, whose
 * size is `header`.
 *
 * @param align - bytes, the alignment of every block, at least 4. Default: 16, as C requires
 * @throws {@link MisuseError} `no-bytes` if a header is needed and the memory has no bytes. `free` and `realloc` of anything but
 *   a block throw what the allocator detects, and `foreign-pointer` if the header is impossible
 * @example
 * ```ts
 * import { pages, toMalloc } from "@alloc/core";
 *
 * const c = toMalloc(pages());
 * const ptr = c.malloc(100);
 * c.free(c.realloc(ptr, 5000));
 * c.header; // => 16
 * ```
 */
export function toMalloc(allocator: Allocator, align = 16): MallocFunctions {
  requireAllocator("toMalloc", allocator, "toMalloc(pages())");
  const sizer = can(allocator, "sizeAt") ? allocator : undefined;
  const { memory } = allocator;
  // A header is a word.
  const blockAlign = Math.max(Layout.of(0, align).align, 4);
  const header = sizer === undefined ? Math.max(blockAlign, 16) : 0;
  // The accessor throws if there are no bytes to write headers to.
  if (header !== 0) void memory.u32;

  // malloc(0) returns a block, because some programs take NULL for an error.
  const layoutOf = (size: number) => {
    const bytes = header + Math.max(size, 1);
    return bytes <= 2 ** 32 - blockAlign ? Layout.of(bytes, blockAlign) : undefined;
  };
  const liveLayout = (ptr: Ptr) => {
    const bytes = sizer === undefined ? memory.u32[ptr / 4] : sizer.sizeAt(ptr);
    // Without a block, the header is any number, or undefined.
    if (bytes !== undefined && bytes > header && bytes <= 2 ** 32 - blockAlign) return Layout.of(bytes, blockAlign);
    throw new MisuseError("foreign-pointer", `no block is live at ${ptr + header}`);
  };
  const finish = (ptr: number, layout: Layout): number => {
    if (ptr === 0 || header === 0) return ptr;
    memory.u32[ptr / 4] = layout.size;
    return ptr + header;
  };
  const start = (ptr: number) => (unsigned(ptr) - header) as Ptr;

  function malloc(size: number): number {
    const layout = layoutOf(unsigned(size));
    return layout === undefined ? 0 : finish(allocator.allocate(layout), layout);
  }

  return {
    header,
    malloc,
    calloc(count, size) {
      const layout = layoutOf(unsigned(count) * unsigned(size));
      return layout === undefined ? 0 : finish(allocator.allocateZeroed(layout), layout);
    },
    realloc(ptr, size) {
      if (ptr === 0) return malloc(size);
      const to = layoutOf(unsigned(size));
      if (to === undefined) return 0;
      const from = liveLayout(start(ptr));
      const next = to.size < from.size ? allocator.shrink(start(ptr), from, to) : allocator.grow(start(ptr), from, to);
      // A block that cannot become smaller stays as it is.
      return next === 0 && to.size <= from.size ? ptr : finish(next, to);
    },
    free(ptr) {
      if (ptr !== 0) allocator.deallocate(start(ptr), liveLayout(start(ptr)));
    },
  };
}

/** Converts a number as WebAssembly passes it, an i32 that is negative from 2 GiB on, to unsigned. */
function unsigned(n: number): number {
  return n < 0 ? n >>> 0 : n;
}
