/**
 * Pages: the root of every chain. It hands out ranges of whole granules of one memory, and grows the memory.
 *
 *     0    16                                                 byteLength
 *     ├────┤▒▒▒▒ heap ▒▒▒▒├─ free ─┤▒ free list ▒├── free ─────┤┈ memory.grow ┈
 *          granules: 1/4096 of the memory, from 16 bytes to 4 KiB
 *
 * There is one root per underlying memory, whatever wrapper it is reached by, so several heaps share a memory and no address is
 * handed out twice.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { Capabilities } from "../allocator/capabilities.ts";
import { requireMemory, requireOptions } from "../base/arguments.ts";
import { ArgumentError, shown } from "../base/errors.ts";
import { type Kind, wordsIn } from "../chain/attach-kind.ts";
import { type NameOption, withName } from "../chain/names.ts";
import { defaultMemory, realm } from "../chain/realm.ts";
import type { Memory } from "../memory/memory.ts";
import type { SharedIn } from "../memory/shared.ts";
import { requireRoom } from "./granules.ts";
import { COUNTERS, PagesMachine } from "./machine.ts";

/** The root allocator of a memory. It belongs to the realm: it cannot be reset, and `dispose` does nothing. */
export interface Pages extends Allocator, Pick<Capabilities, "owns" | "resizeInPlace" | "check"> {
  /** @internal */
  admit(from: number, to: number): void;
}

/**
 * Returns the root allocator of a memory, and admits the range that this wrapper of the memory names. It is the default parent of
 * every leaf. Blocks are whole granules of 4 KiB; in memories below 16 MiB, of 1/4096 of the memory, at least 16 bytes. The first
 * 16 bytes and the last 64 KiB below 4 GiB are never handed out.
 *
 * Before it returns NULL, it calls `trim` on every allocator that takes chunks from it.
 *
 * Cost: O(n) in the number of free ranges; 8 bytes each.
 *
 * @param memory - Default: `defaultMemory()`
 * @param options - a `name` for the root, which replaces an earlier one
 * @throws {@link MisuseError} `too-small` if the memory can never serve a block; `TypeError` for anything but a Memory
 * @example
 * ```ts
 * import { Layout, Memory, orThrow, pages } from "@alloc/core";
 *
 * const root = pages(Memory.linear({ maximum: 2 ** 20 }));
 * const layout = Layout.of(5000);
 * root.usableSize(layout); // => 5120
 * const ptr = orThrow(root.allocate(layout), layout);
 * root.resizeInPlace(ptr, layout, Layout.of(40_000)); // => true
 * ```
 */
export function pages<M extends Memory = Memory>(memory?: M, options?: NameOption): SharedIn<M, Pages>;
export function pages(memory: Memory = defaultMemory(), options: NameOption = {}): Pages {
  requireMemory("pages(Memory.over(buffer))", memory);
  requireOptions("pages(memory, { name })", options, ["name"]);
  const root = withName(options, () => realm().roots.get(memory.beneath) ?? new PagesMachine(memory));
  root.admit(memory.from, memory.to);
  requireRoom(root as PagesMachine, memory);
  realm().roots.set(memory.beneath, root);
  return root;
}

/** The kind of roots. For `attachDescription`, which has it already. */
export const pagesKind: Kind = {
  kind: "pages",
  attach(node) {
    const { memory, options } = node;
    const { roots } = realm();
    const known = roots.get(memory.beneath);
    if (known !== undefined) return known;
    const admitted = wordsIn(node, "admitted", Int32Array, 5);
    const free = wordsIn(node, "free", Int32Array, 5);
    const root = new PagesMachine(memory, {
      admitted,
      free,
      counters: wordsIn(node, "counters", Float64Array, COUNTERS),
    });
    if (options.granule !== root.granule) {
      throw new ArgumentError(
        `attach expects a root with granules of ${root.granule} bytes, got ${shown(options.granule)}`,
      );
    }
    roots.set(memory.beneath, root);
    return root;
  },
};
