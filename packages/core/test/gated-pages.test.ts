import { type Allocator, Layout, Memory, type Pages, type Ptr, pages } from "@alloc/core";
import { type Gate, gateRoot } from "@alloc/core/author";
import { checkAllocator } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { Leaf } from "./support/members.ts";

/** A gate that notes each step, and knows whether this thread is inside. */
class Noting implements Gate {
  readonly log: string[] = [];
  isInside = false;
  enter(): boolean {
    if (this.isInside) return false;
    this.isInside = true;
    this.log.push("enter");
    return true;
  }
  leave(): void {
    expect(this.isInside).toBe(true);
    this.isInside = false;
    this.log.push("leave");
  }
}

const newRoot = (maximum = 2 ** 20) => pages(Memory.linear({ initial: 65536, maximum, shared: true }));
function gated(maximum?: number): [Pages & { rebuild(): void }, Noting] {
  const root = newRoot(maximum);
  const gate = new Noting();
  gateRoot(root.memory, gate);
  return [root as never, gate];
}
const layout = Layout.of(1000);

describe("a gated root", () => {
  test.each<[string, (root: Pages & { rebuild(): void }, ptr: Ptr) => void]>([
    ["allocate", (root) => root.allocate(layout)],
    ["deallocate", (root, ptr) => root.deallocate(ptr, layout)],
    ["owns", (root, ptr) => root.owns(ptr)],
    ["resizeInPlace", (root, ptr) => root.resizeInPlace(ptr, layout, Layout.of(5000))],
    ["check", (root) => root.check()],
    ["rebuild", (root) => root.rebuild()],
    ["footprint", (root) => root.footprint()],
    ["describeSelf", (root) => root.describeSelf()],
    ["pages of its memory", (root) => pages(root.memory)],
  ])("passes the gate once in %s", (_, call) => {
    const [root, gate] = gated();
    const ptr = root.allocate(layout) as Ptr;
    gate.log.length = 0;
    call(root, ptr);
    expect(gate.log).toEqual(["enter", "leave"]);
  });

  test("passes no gate for a size, which follows from the layout alone", () => {
    const [root, gate] = gated();
    root.usableSize(layout);
    expect(gate.log).toEqual([]);
  });

  test("leaves when a call throws", () => {
    const [root, gate] = gated();
    expect(() => root.deallocate(1024 as Ptr, layout)).toThrow(expect.objectContaining({ code: "double-free" }));
    expect(gate.log).toEqual(["enter", "leave"]);
  });

  test("passes no gate in calls from inside", () => {
    const [root, gate] = gated();
    gate.enter();
    root.deallocate(root.allocate(layout) as Ptr, layout);
    gate.leave();
    expect(gate.log).toEqual(["enter", "leave"]);
  });

  test("trims its tenants inside, whose calls pass no further gate", () => {
    const [root, gate] = gated(65536);
    class Tenant extends Leaf {
      kept = root.allocate(Layout.of(50_000)) as Ptr;
      trim(): void {
        if (this.kept !== 0) root.deallocate(this.kept, Layout.of(50_000));
        this.kept = 0 as Ptr;
      }
    }
    const tenant: Allocator = new Tenant("tenant", root);
    gate.log.length = 0;
    expect(root.allocate(Layout.of(50_000))).not.toBe(0);
    expect(gate.log).toEqual(["enter", "leave"]);
    tenant.dispose();
  });

  test("may get another gate", () => {
    const [root, first] = gated();
    const second = new Noting();
    gateRoot(root.memory, second);
    root.allocate(layout);
    expect([first.log, second.log]).toEqual([[], ["enter", "leave"]]);
  });

  test("keeps its blocks, its words and its text", () => {
    const root = newRoot();
    const ptr = root.allocate(layout) as Ptr;
    const before = [root.describeSelf(), String(root), root.footprint()];
    gateRoot(root.memory, new Noting());
    expect([root.describeSelf(), String(root), root.footprint()]).toEqual(before);
    root.deallocate(ptr, layout);
    expect(root.footprint().held).toBe(0);
  });

  test("obeys the contract, as every root", async () => {
    const [root, gate] = gated(4 * 2 ** 20);
    const { violations } = await checkAllocator(() => root.byRef(), {
      programs: 5,
      skip: { "9.3": "the root is lent" },
    });
    expect(violations).toEqual([]);
    expect(gate.isInside).toBe(false);
  });
});

test("a memory without a root gets no gate: a new root would not be that of the other threads", () => {
  const memory = Memory.linear({ maximum: 2 ** 20, shared: true });
  expect(() => gateRoot(memory, new Noting())).toThrow(
    "gateRoot expects a memory with a root: call pages(memory) first",
  );
});

test("another root passes no gate", () => {
  const [, gate] = gated();
  newRoot().allocate(layout);
  expect(gate.log).toEqual([]);
});

test("rebuild counts the bytes that a thread had taken when it ended before it counted them", () => {
  const [root] = gated();
  root.allocate(layout);
  const { counters } = root.describeSelf().state as { counters: Float64Array };
  const held = counters[0]!;
  root.allocate(layout);
  counters[0] = held;
  expect(() => root.check()).toThrow("broken invariant: pages: 2048 bytes are handed out, got 1024 and a peak of ");
  root.rebuild();
  root.check();
  expect(root.footprint().held).toBe(2 * held);
});
