/**
 * The allocators through which the commands run traces, by name.
 *
 * @module
 */
import { fallback } from "@alloc/combinators";
import { type Allocator, type Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";

/** Makes an allocator over a memory; `text` is its expression. */
export interface Chain {
  readonly text: string;
  make(memory: Memory): Allocator;
}

export const CHAINS = {
  system: {
    text: "system()",
    make: (memory) => system({ parent: pages(memory) }),
  },
  checked: {
    text: "system({ checked: true })",
    make: (memory) => system({ parent: pages(memory), checked: true }),
  },
  tinyHeap: {
    text: "tinyHeap()",
    make: (memory) => tinyHeap({ parent: pages(memory) }),
  },
  chain: {
    text: "fallback(freeList(64), system())",
    make: (memory) => fallback(freeList(64, { parent: pages(memory) }), system({ parent: pages(memory) })),
  },
} satisfies Record<string, Chain>;
