/**
 * What the loops of `bench owned` share: contenders and the memory.
 *
 * @module
 */
import { Memory, pages } from "@alloc/core";
import { Vec } from "@alloc/owned";

/**
 * One contender: the data it iterates, and its loop. The data is passed to the loop as a program passes it to a function, because
 * the compiler treats an array that always lies in one place as a constant.
 */
export interface Contender<D = unknown> {
  make(count: number): D;
  pass(data: D): void;
  /** Bytes in the allocator. */
  bytes?(data: D): number;
}

export type Contenders = Readonly<Record<string, Contender>>;

export const contender = <D>(it: Contender<D>): Contender => it as Contender;

/** Room for a million of the largest values. */
export const memory = Memory.linear({ initial: 2 ** 28 });
export const parent = pages(memory);

export function vecOf<T>(type: Parameters<typeof Vec.from<T>>[0], count: number, make: (id: number) => T): Vec<T> {
  const vec = Vec.withCapacity(type, count, parent);
  for (let id = 0; id < count; id++) vec.push(make(id));
  return vec;
}

export function once<D>(make: (count: number) => D): (count: number) => D {
  const made = new Map<number, D>();
  return (count) => {
    const data = made.get(count) ?? make(count);
    made.set(count, data);
    return data;
  };
}
