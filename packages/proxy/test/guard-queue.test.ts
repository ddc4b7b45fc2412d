/**
 * The queue of a guard's quarantine: an order, and the entries that leave it from anywhere.
 */
import { Layout, type Ptr } from "@alloc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Entry } from "../src/guard/entry.ts";
import { Queue } from "../src/guard/queue.ts";
import { stackOf } from "../src/stack.ts";

const layout = Layout.of(8);
const entry = (ordinal: number) =>
  new Entry(ordinal, stackOf(entry, 0), ordinal as Ptr, layout, ordinal as Ptr, layout, 8);

test("a queue keeps the order in which entries were added, whichever leave it", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (steps) => {
      const queue = new Queue();
      const model: Entry[] = [];
      for (const [ordinal, step] of steps.entries()) {
        if (step < 5 || model.length === 0) {
          model.push(entry(ordinal));
          queue.add(model.at(-1)!);
        } else {
          const [gone] = model.splice(step === 5 ? 0 : (ordinal * step) % model.length, 1);
          queue.delete(gone!);
          expect(gone!.isQueued).toBe(false);
        }
        expect([...queue]).toEqual(model);
        expect([queue.size, queue.oldest, queue.newest]).toEqual([model.length, model[0], model.at(-1)]);
      }
    }),
  );
});

test("the oldest of a thousand leaves by reading its own link, however many left before", () => {
  const queue = new Queue();
  let reads = 0;
  for (let ordinal = 0; ordinal < 1000; ordinal++) {
    const added = entry(ordinal);
    let newer: Entry | undefined;
    Object.defineProperty(added, "newer", {
      get() {
        reads++;
        return newer;
      },
      set(value: Entry | undefined) {
        newer = value;
      },
    });
    queue.add(added);
  }
  const readsOf = () => {
    reads = 0;
    queue.delete(queue.oldest!);
    return reads;
  };
  expect(Array.from({ length: 1000 }, readsOf)).toEqual(Array(1000).fill(1));
});
