import { Allocator, type Layout, Memory, type Pages, type Ptr, pages } from "@alloc/core";
import { struct, u32 } from "@alloc/owned";

/** A root of a memory of its own. */
export const root = (options: { shared?: boolean } = {}): Pages =>
  pages(Memory.linear({ maximum: 64 * 2 ** 20, ...options }));

/** Bytes that are in use. */
export const held = (allocator: Allocator): number => allocator.footprint().held;

/** A struct that notes the number of each value that dies, and what a clone of it is numbered. */
export function counted() {
  const dropped: number[] = [];
  const Counted = struct({ id: u32 }, { drop: ({ id }) => dropped.push(id), clone: ({ id }) => ({ id: id + 1000 }) });
  return { Counted, dropped };
}

/** What a call throws, as `name: code`. */
export function thrown(call: () => unknown): string {
  try {
    call();
    return "nothing was thrown";
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: string; message: string };
    return code === undefined ? `${name}: ${message}` : `${name}: ${code}`;
  }
}

/** An allocator that does nothing in place, and what was asked of it: `"+16/8"`, and `"-16/8"` for a release. */
export function spied(parent: Allocator = root()): { spy: Allocator; calls: string[] } {
  const calls: string[] = [];
  const spy = Allocator.from({
    memory: parent.memory,
    allocate(layout: Layout) {
      calls.push(`+${layout.size}/${layout.align}`);
      return parent.allocate(layout);
    },
    deallocate(at: Ptr, layout: Layout) {
      calls.push(`-${layout.size}/${layout.align}`);
      parent.deallocate(at, layout);
    },
  });
  return { spy, calls };
}

/** An allocator that never has room. */
export const none = (): Allocator => Allocator.from({ memory: root().memory, allocate: () => 0, deallocate: () => {} });
