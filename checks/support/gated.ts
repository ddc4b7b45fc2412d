/**
 * Memories that several threads use, for tests in one thread.
 *
 * @module
 */
import { Memory, pages, type SharedMemory } from "@alloc/core";
import { gateRoot } from "@alloc/core/author";

/** Sets the gate of a memory: as if threads shared it from now on. */
export function gate<M extends Memory>(memory: M): M {
  pages(memory);
  gateRoot(memory, { enter: () => false, leave() {} });
  return memory;
}

/** Returns a memory as if threads shared it. */
export function gatedMemory(maximum = 2 ** 22): SharedMemory {
  return gate(Memory.linear({ initial: 65536, maximum, shared: true }));
}
