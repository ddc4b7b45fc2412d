/** User code that runs in the middle of a call of a free tree's child: it calls the tree again, or resets it or its child. */
import { freeTree } from "@alloc/combinators";
import { type Can, type Capability, can, Layout, Memory, type Null, type Ptr, pages } from "@alloc/core";
import { Forwarder, withCapabilities } from "@alloc/core/author";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

type Hook = (() => void) | undefined;
type Calls = { fire: Hook; fireLate: Hook };

/** Calls its hooks before each request, resize and release, as a memory without room does, and after each resize and release. */
class Calling extends Forwarder {
  readonly calls!: Calls;

  constructor(inner: Can<Capability>, calls: Calls) {
    super(inner);
    Object.assign(this, { calls });
  }

  override allocate(layout: Layout): Ptr | Null {
    this.calls.fire?.();
    return this.inner.allocate(layout);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const { epoch } = this.inner;
    this.calls.fire?.();
    const isDone = this.inner.epoch === epoch && this.inner.resizeInPlace(ptr, from, to);
    this.calls.fireLate?.();
    return isDone;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const { epoch } = this.inner;
    this.calls.fire?.();
    if (this.inner.epoch === epoch) this.inner.deallocate(ptr, layout);
    this.calls.fireLate?.();
  }
}

const sizes = fc.integer({ min: 8, max: 600 });
const calls = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ call: fc.constant("allocate" as const), size: sizes }) },
    { weight: 2, arbitrary: fc.record({ call: fc.constant("deallocate" as const), size: sizes }) },
    fc.record({ call: fc.constantFrom("trim", "empty and trim", "reset the tree", "reset the child"), size: sizes }),
  ),
  { maxLength: 6 },
);
const program = fc.array(fc.record({ outside: calls, inside: calls, isLate: fc.boolean() }), { maxLength: 20 });

describe("a free tree whose child calls back", () => {
  test("hands no byte out twice and stays sound, whatever the callback does", () => {
    fc.assert(
      fc.property(program, (steps) => {
        const hook: Calls = { fire: undefined, fireLate: undefined };
        const region = scoped(2048, { parent: pages(Memory.linear({ maximum: 2 ** 16 })) });
        const Machine = withCapabilities(Calling, (capability) => can(region, capability));
        const child = new Machine(region as unknown as Can<Capability>, hook);
        const tree = freeTree(child as Can<"reset" | "resizeInPlace">);
        let live: [ptr: Ptr, layout: Layout][] = [];
        const run = (list: (typeof steps)[number]["inside"]) => {
          for (const { call, size } of list) {
            if (call === "allocate") {
              const layout = Layout.of(size);
              const ptr = tree.allocate(layout);
              if (ptr === 0) continue;
              for (const [other, { size: bytes }] of live) {
                expect(ptr + size <= other || other + bytes <= ptr).toBe(true);
              }
              expect(tree.owns(ptr)).toBe(true);
              live.push([ptr, layout]);
            } else if (call === "deallocate") {
              const block = live.splice(size % Math.max(1, live.length), 1)[0];
              if (block !== undefined) tree.deallocate(...block);
            } else if (call === "trim") tree.trim();
            else if (call === "empty and trim") {
              for (const block of live.splice(0)) tree.deallocate(...block);
              tree.trim();
            } else {
              live = [];
              if (call === "reset the tree") tree.reset();
              else region.reset();
            }
          }
        };
        for (const { outside, inside, isLate } of steps) {
          hook[isLate ? "fireLate" : "fire"] = () => {
            Object.assign(hook, { fire: undefined, fireLate: undefined });
            run(inside);
          };
          run(outside);
          Object.assign(hook, { fire: undefined, fireLate: undefined });
          tree.check();
        }
        tree.dispose();
      }),
      { numRuns: 300 },
    );
  });
});
