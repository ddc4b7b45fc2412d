/**
 * Planted misuses: each is reported with its code, its block, and the stacks of its allocation and release.
 */
import { type Allocator, Layout, Memory, type MisuseCode, orThrow, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { type GuardError, guard } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

const [layout, longer, other] = [Layout.of(24), Layout.of(40), Layout.of(100)];
/** Its blocks lie high: an error would name a block of another file's guard that lies at the same address. */
function root() {
  const parent = pages(Memory.linear({ maximum: 2 ** 21 }));
  parent.allocate(Layout.of(2 ** 20));
  return parent;
}

/** A guarded heap with two blocks, of which the first is misused. */
function fixture(quarantine = 65536) {
  const heap = guard(system({ parent: root() }), { quarantine });
  const ptr = allocatesIt(heap);
  const behind = orThrow(heap.allocate(other), other);
  return { heap, ptr, behind, bytes: heap.memory.u8 };
}

function allocatesIt(heap: Allocator): Ptr {
  return orThrow(heap.allocate(layout), layout);
}

function releasesIt(heap: Allocator, ptr: Ptr): void {
  heap.deallocate(ptr, layout);
}

type Fixture = ReturnType<typeof fixture>;

interface Misuse {
  readonly code: MisuseCode;
  /** Whether the block has ended by then, in a call that the report names. */
  readonly ended?: boolean;
  readonly quarantine?: number;
  /** The legal calls before the misuse, or the misuse itself if it is a write. */
  readonly before?: (fixture: Fixture) => void;
  /** The refused call. */
  readonly call: (fixture: Fixture) => void;
}

const release = ({ heap, ptr }: Fixture) => releasesIt(heap, ptr);

const MISUSES: Record<string, Misuse> = {
  "a second release": { code: "double-free", ended: true, before: release, call: release },
  "a second release after the block left the quarantine": {
    code: "double-free",
    ended: true,
    quarantine: 0,
    before: release,
    call: release,
  },
  "a grow after the release": {
    code: "double-free",
    ended: true,
    before: release,
    call: ({ heap, ptr }) => heap.grow(ptr, layout, longer),
  },
  "a shrink to 0 after the release": {
    code: "double-free",
    ended: true,
    before: release,
    call: ({ heap, ptr }) => heap.shrink(ptr, layout, Layout.of(0)),
  },
  "sizeAt after the release": {
    code: "double-free",
    ended: true,
    before: release,
    call: ({ heap, ptr }) => heap.sizeAt(ptr),
  },
  "a release by the old pointer after a grow": {
    code: "double-free",
    ended: true,
    before: function releasesIt({ heap, ptr }) {
      heap.grow(ptr, layout, longer);
    },
    call: release,
  },
  "a release after a reset": {
    code: "double-free",
    ended: true,
    before: function releasesIt({ heap }) {
      heap.reset();
    },
    call: release,
  },
  "a release of an address inside the block": {
    code: "interior-pointer",
    call: ({ heap, ptr }) => releasesIt(heap, (ptr + 8) as Ptr),
  },
  "a resize in place of an address inside the block": {
    code: "interior-pointer",
    call: ({ heap, ptr }) => heap.resizeInPlace((ptr + 1) as Ptr, layout, longer),
  },
  "a release of an address inside the block after its release": {
    code: "interior-pointer",
    ended: true,
    before: release,
    call: ({ heap, ptr }) => releasesIt(heap, (ptr + 8) as Ptr),
  },
  "a release of an address before the block": {
    code: "foreign-pointer",
    call: ({ heap, ptr }) => releasesIt(heap, (ptr - 8) as Ptr),
  },
  "a release of an address from elsewhere": {
    code: "foreign-pointer",
    call: ({ heap }) => releasesIt(heap, 32 as Ptr),
  },
  "a release with a smaller size": {
    code: "wrong-layout",
    call: ({ heap, ptr }) => heap.deallocate(ptr, Layout.of(23)),
  },
  "a release with a larger size": {
    code: "wrong-layout",
    call: ({ heap, ptr }) => heap.deallocate(ptr, Layout.of(25)),
  },
  "a release with another align": {
    code: "wrong-layout",
    call: ({ heap, ptr }) => heap.deallocate(ptr, Layout.of(24, 4)),
  },
  "a release with size 0": {
    code: "wrong-layout",
    call: ({ heap, ptr }) => heap.deallocate(ptr, Layout.of(0)),
  },
  "a grow to a smaller size": {
    code: "wrong-layout",
    call: ({ heap, ptr }) => heap.grow(ptr, layout, Layout.of(8)),
  },
  "a shrink to a larger size": {
    code: "wrong-layout",
    call: ({ heap, ptr }) => heap.shrink(ptr, layout, longer),
  },
  "a write one byte after the end, detected by the release": {
    code: "overflow",
    before: ({ bytes, ptr }) => bytes.fill(0, ptr + 24, ptr + 25),
    call: release,
  },
  "a write one byte before the start, detected by a grow": {
    code: "overflow",
    before: ({ bytes, ptr }) => bytes.fill(0, ptr - 1, ptr),
    call: ({ heap, ptr }) => heap.grow(ptr, layout, longer),
  },
  "a write into the last byte of the zone after it, detected by a resize in place": {
    code: "overflow",
    before: ({ bytes, ptr }) => bytes.fill(0, ptr + 39, ptr + 40),
    call: ({ heap, ptr }) => heap.resizeInPlace(ptr, layout, layout),
  },
  "a write into the first byte of the zone before it, detected by check": {
    code: "overflow",
    before: ({ bytes, ptr }) => bytes.fill(0, ptr - 16, ptr - 15),
    call: ({ heap }) => heap.check(),
  },
  "a write after the end, detected by dispose": {
    code: "overflow",
    before: ({ bytes, ptr }) => bytes.fill(0, ptr + 30, ptr + 31),
    call: ({ heap }) => heap.dispose(),
  },
  "a write after the end, detected by a reset": {
    code: "overflow",
    before: ({ bytes, ptr }) => bytes.fill(0, ptr + 30, ptr + 31),
    call: ({ heap }) => heap.reset(),
  },
  "a write after the release, detected by check": {
    code: "write-after-free",
    ended: true,
    before: (all) => {
      release(all);
      all.bytes[all.ptr] = 1;
    },
    call: ({ heap }) => heap.check(),
  },
  "a write after the end, after the release, detected when the block leaves the quarantine": {
    code: "write-after-free",
    ended: true,
    quarantine: 140,
    before: (all) => {
      release(all);
      all.bytes[all.ptr + 24] = 1;
    },
    call: ({ heap, behind }) => heap.deallocate(behind, other),
  },
  "a write by the old pointer after a grow, detected by dispose": {
    code: "write-after-free",
    ended: true,
    before: function releasesIt({ heap, ptr, bytes }) {
      heap.grow(ptr, layout, longer);
      bytes[ptr + 23] = 1;
    },
    call: ({ heap }) => heap.dispose(),
  },
  "a write after the release, detected by trim": {
    code: "write-after-free",
    ended: true,
    before: (all) => {
      release(all);
      all.bytes[all.ptr + 8] = 1;
    },
    call: ({ heap }) => heap.trim(),
  },
};

/** Returns the error of a call. */
function thrown(call: () => void): GuardError {
  try {
    call();
  } catch (error) {
    return error as GuardError;
  }
  throw new Error("nothing was detected");
}

/** Returns whether an error names a block with the two functions of this file that allocated and released it. */
function expectReport(error: GuardError, code: MisuseCode, ptr: Ptr, isEnded: boolean): void {
  expect(error).toMatchObject({ name: "MisuseError", code });
  expect(error.block).toMatchObject({ ordinal: 1, ptr, size: 24, align: 8 });
  expect(error.block?.stack.split("\n")[0]).toMatch(/allocatesIt.*guard-misuses\.test\.ts/);
  expect(error.message).toContain(error.block?.stack);
  if (!isEnded) {
    expect(error.block?.released).toBeUndefined();
    return;
  }
  expect(error.block?.released).toMatch(/releasesIt.*guard-misuses\.test\.ts/);
  expect(error.message).toContain(error.block?.released);
}

describe("over a heap", () => {
  test.each(Object.entries(MISUSES))("%s", (_name, { code, ended = false, quarantine, before, call }) => {
    const all = fixture(quarantine);
    before?.(all);
    expectReport(
      thrown(() => call(all)),
      code,
      all.ptr,
      ended,
    );
  });
});

describe("over a region", () => {
  const endsIt = (scope: Disposable) => scope[Symbol.dispose]();

  /** A guarded region, and a frame of it with the misused block. */
  function scopes() {
    const region = guard(scoped(10_000, { parent: root() }));
    const frame = region.frame();
    return { region, frame, ptr: allocatesIt(frame) };
  }

  test.each(["deallocate", "grow"] as const)("%s of a block whose scope has ended", (call) => {
    const { region, frame, ptr } = scopes();
    (function releasesIt() {
      endsIt(frame);
    })();
    const use = { deallocate: () => region.deallocate(ptr, layout), grow: () => void region.grow(ptr, layout, longer) };
    expectReport(thrown(use[call]), "closed-scope", ptr, true);
  });

  test("a pointer returned by the body of a scope", () => {
    const region = guard(scoped(10_000, { parent: root() }));
    const ptr = (function releasesIt() {
      return region.scope((inner) => allocatesIt(inner));
    })();
    const error = thrown(() => region.deallocate(ptr, layout));
    expectReport(error, "closed-scope", ptr, true);
    expect(error.block?.released?.split("\n")[0]).toContain("releasesIt");
  });

  test("a release of an outer scope while an inner one is open", () => {
    const region = guard(scoped(10_000, { parent: root() }));
    const ptr = allocatesIt(region);
    using _frame = region.frame();
    expectReport(
      thrown(() => region.deallocate(ptr, layout)),
      "open-scope",
      ptr,
      false,
    );
  });

  test("a release of an unknown block while an inner scope is open", () => {
    const { region } = scopes();
    const error = thrown(() => region.deallocate(8192 as Ptr, layout));
    expect(error).toMatchObject({
      code: "open-scope",
      message: "used a block of an outer scope while an inner one is open",
      block: undefined,
    });
  });

  test("a write after the end, detected when the scope ends", () => {
    const { frame, ptr } = scopes();
    frame.memory.u8[ptr + 24] = 0;
    expectReport(
      thrown(() => endsIt(frame)),
      "overflow",
      ptr,
      false,
    );
  });

  test("a write after the release, detected when the region ends with the scope still open", () => {
    const { region, frame, ptr } = scopes();
    releasesIt(frame, ptr);
    frame.memory.u8[ptr] = 0;
    expectReport(
      thrown(() => endsIt(region)),
      "write-after-free",
      ptr,
      true,
    );
  });
});

describe("over a memory without bytes", () => {
  const without = ["overflow", "write-after-free"];
  const rows = Object.entries(MISUSES).filter(([, { code }]) => !without.includes(code));

  test.each(rows.filter(([name]) => !name.includes("after a grow")))("%s", (_name, { code, ended, before, call }) => {
    const heap = guard(system({ parent: pages(Memory.virtual(2 ** 20)) }));
    const ptr = allocatesIt(heap);
    const all = { heap, ptr, behind: orThrow(heap.allocate(other), other), bytes: new Uint8Array() };
    before?.(all);
    expectReport(
      thrown(() => call(all)),
      code,
      ptr,
      ended === true,
    );
  });
});
