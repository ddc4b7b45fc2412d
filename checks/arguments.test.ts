/**
 * What plain JavaScript may pass by mistake: every exported function and constructor is called with nonsense in each place.
 *
 *     freeList(64, { align: 16 })  ──▶  freeList(null, …)   freeList("64", …)   …   freeList(64, [])   freeList(64, { align: {} })
 *                                       └─ an error with a code of docs/errors.md, or the value is right in this place
 *
 * @module
 * @module-tag alone
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as combinators from "@alloc/combinators";
import * as specialize from "@alloc/combinators/specialize";
import * as core from "@alloc/core";
import * as author from "@alloc/core/author";
import * as coreCompat from "@alloc/core/compat";
import * as freelist from "@alloc/freelist";
import * as global from "@alloc/global";
import * as globalCompat from "@alloc/global/compat";
import * as owned from "@alloc/owned";
import * as proxy from "@alloc/proxy";
import * as scoped from "@alloc/scoped";
import * as testkit from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { ROOT } from "./support/examples.ts";

type Call = (...args: unknown[]) => unknown;

const NONSENSE = { undefined: undefined, null: null, "7": 7, '"64"': "64", "{}": {}, "[]": [] } as const;
type Nonsense = keyof typeof NONSENSE;

/** An argument: a right value, made anew for each call, and the nonsense that is right in its place. */
interface Place {
  readonly make: () => unknown;
  readonly right: readonly Nonsense[];
  /** The places in an object of options. */
  readonly inner?: Readonly<Record<string, Place>>;
  readonly isConstant?: boolean;
}

const place = (make: () => unknown, ...right: Nonsense[]): Place => ({ make, right });
const anything = (make: () => unknown) => place(make, ...(Object.keys(NONSENSE) as Nonsense[]));
/** The same place, which may also be left out. */
const or = (it: Place, ...right: Nonsense[]): Place => ({ ...it, right: [...it.right, ...right] });
/** A place that may be left out. */
const optional = (it: Place) => or(it, "undefined", "null");
/** An object of options; those that are not optional are needed. */
const options = (inner: Readonly<Record<string, Place>>): Place => {
  const isNeeded = Object.values(inner).some(({ right }) => !right.includes("undefined"));
  return {
    make: () => Object.fromEntries(Object.entries(inner).map(([name, it]) => [name, it.make()])),
    right: isNeeded ? [] : ["undefined", "{}"],
    inner,
  };
};

const newMemory = () => core.Memory.linear({ maximum: 2 ** 20 });
const newHeap = () => global.system({ parent: core.pages(newMemory()) });
const memory = place(newMemory);
const heap = place(newHeap);
const parent = optional(heap);
const layout = place(() => core.Layout.of(64));
const fn = place(() => () => undefined);
const count = place(() => 64, "7");
const power = place(() => 64);
const flag = optional(place(() => true));
/** What an author writes as a constant. It is not tried. */
const NAMES: Place = { make: () => ["parent"], right: [], isConstant: true };
/** What an author writes for a message. */
const call = anything(() => "limit(allocator, bytes)");
const text = place(() => "text", '"64"');
const name = optional(text);
const named = optional(options({ name }));
const depth = optional(options({ name, stackDepth: optional(count) }));
const none: readonly Place[] = [];
const type = place(() => owned.u8);
const record = place(() => owned.struct({ x: owned.u8 }));
const value = place(() => 5, "7");
const shared = optional(
  place(() => global.system({ parent: core.pages(core.Memory.linear({ maximum: 2 ** 20, shared: true })) })),
);
const bytes = place(() => new TextEncoder().encode("# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n"));
const reading = optional(options({ maxBytes: optional(count) }));
const fields = optional(options({}));
const policy = options({ at: count });
const array = place(() => Uint8Array);
const ptr = place(() => 64, "7");
const inOne = (() => {
  const root = core.pages(core.Memory.linear({ maximum: 2 ** 26 }));
  return {
    list: place(() => freelist.freeList(64, { parent: root })),
    heap: place(() => global.system({ parent: root })),
  };
})();
const malloc = options({
  memory,
  malloc: fn,
  free: fn,
  realloc: optional(fn),
  align: optional(power),
  parent: optional(heap),
  name,
});
const five = options({ allocate: fn, deallocate: fn, reallocate: fn, reallocateInPlace: fn, usableSize: fn, parent });
const checks = optional(
  options({
    parent,
    programs: optional(place(() => 1, "7")),
    steps: optional(place(() => 1, "7")),
    maxSize: optional(count),
    maxAlign: optional(power),
    seed: optional(count),
    skip: optional(options({})),
    onProgress: optional(place(() => () => false)),
    onCall: optional(fn),
  }),
);

/** The arguments of everything that is exported. `#` stands before a method of an instance. */
const SAMPLES: Readonly<Record<string, readonly Place[]>> = {
  handleAllocError: [layout],
  setAllocErrorHook: [fn],
  takeAllocErrorHook: none,
  "Allocator.from": [
    options({
      memory,
      allocate: fn,
      deallocate: fn,
      parent,
      name,
      owns: optional(fn),
      detects: optional(place(() => [], "[]")),
      isExact: flag,
    }),
  ],
  occupancy: [heap],
  can: [heap, place(() => "owns")],
  fromMalloc: [malloc],
  "Layout.of": [place(() => 64, "7"), optional(power)],
  "Layout.array": [layout, count],
  "Layout.struct": [or(options({ x: layout }), "{}")],
  "Layout#extend": [layout],
  "Layout#repeat": [count],
  "Layout#alignTo": [power],
  "Layout#padToAlign": none,
  "Layout#paddingNeededFor": [power],
  "Layout#equals": [anything(layout.make)],
  "Memory.linear": [options({ initial: optional(count), maximum: optional(count), shared: flag })],
  "Memory.over": [
    place(() => new ArrayBuffer(64)),
    options({ from: optional(place(() => 0, "7")), to: optional(count), maximum: optional(power) }),
  ],
  "Memory.virtual": [
    count,
    options({ base: optional(count), copy: optional(place(() => () => {})), fill: optional(place(() => () => {})) }),
  ],
  "Memory#words": [array, count, optional(count)],
  // Compared first, because there is mostly room.
  "Memory#widen": [place(() => new Uint8Array(64)), or(count, "null", '"64"', "[]")],
  "Memory#grow": [count],
  "Memory#view": [array, ptr, optional(count)],
  "Memory#store": [array, ptr, anything(() => 1)],
  "Memory#load": [array, ptr],
  "Memory#copy": [ptr, ptr, count],
  "Memory#fill": [ptr, count, anything(() => 1)],
  "Memory#encode": [text, ptr, count],
  "Memory#decode": [ptr, count],
  // A sum of two numbers, in which null is 0.
  "Memory#at": [or(ptr, "null"), or(count, "null")],
  "Memory#toPtr": [ptr],
  find: [heap, text],
  // Only compared with 0, because every request goes through it.
  orThrow: [place(() => 0, "7", '"64"'), layout],
  pages: [optional(memory), named],
  defaultMemory: none,
  toMalloc: [heap, optional(place(() => 16))],
  fromFiveFunctions: [memory, five],
  toFiveFunctions: [heap],

  parentOf: [call, options({ parent }), NAMES],
  requireAllocator: [call, heap, call],
  requireOptions: [call, or(options({}), "{}"), NAMES],
  nullPointer: [call],
  requireLayout: [layout, call],
  requireLayouts: [layout, layout, call],
  isAllocator: [anything(newHeap)],
  shown: [anything(() => 1)],
  bytesText: [anything(() => 1)],
  requireMemory: [call, memory],
  requireFunction: [call, fn],
  requireFlag: [call, call, flag],

  chain: [heap],
  "chain#orElse": [inOne.list],
  // The function checks its arguments when the chain is built.
  "chain#pipe": [place(() => combinators.aligned), anything(() => 64)],
  nullAllocator: [optional(memory), named],
  fallback: [inOne.list, inOne.heap, named],
  segregate: [place(() => [64, inOne.list.make()]), inOne.heap],
  freeTree: [heap, named],
  bucketize: [
    place(() => (size: number) => freelist.freeList(size)),
    options({
      from: place(() => 8, "7"),
      to: count,
      step: place(() => 8, "7"),
      name,
    }),
  ],
  cascade: [
    place(() => () => freelist.freeList(64)),
    optional(options({ most: optional(count), kinds: optional(place(() => [freelist.freeListKind], "[]")), name })),
  ],
  cascadeKind: [fn],
  affix: [heap, options({ prefix: optional(layout), suffix: optional(layout), name })],
  aligned: [heap, power, named],
  budget: [options({ bytes: optional(count), count: optional(count), memory: optional(memory) })],
  limit: [
    heap,
    or(
      options({
        bytes: optional(count),
        count: optional(count),
        budget: optional(place(() => combinators.budget({ bytes: 64 }))),
        name,
      }),
      "7",
    ),
  ],
  quantize: [heap, place(() => 64, "7"), named],
  quantizeKind: [fn],
  specialized: [place(() => newHeap)],
  Handle: [heap],
  freeList: [count, options({ blocks: optional(count), align: optional(power), parent, name })],
  scoped: [count, options({ parent, grow: flag, name })],
  heapReport: [heap],
  overrideGlobalAllocator: [heap],
  setGlobalAllocator: [heap],
  system: [options({ parent, checked: flag, name })],
  tinyHeap: [options({ parent, name })],
  alloc: [layout],
  allocZeroed: [layout],
  dealloc: [ptr, layout],
  realloc: [ptr, layout, count],

  "Arc.new": [type, value, shared],
  "Arc.tryNew": [type, value, shared],
  "Arc.adopt": [type, place(() => ({})), shared],
  "Arc.in": [shared],
  isShared: [heap],
  "Box.new": [type, value, heap],
  "Box.tryNew": [type, value, heap],
  "Box.emplace": [type, fn, heap],
  "Box.fromRaw": [type, ptr, heap],
  "Box.in": [heap],
  reportLeaks: [optional(fn)],
  "Rc.new": [type, value, heap],
  "Rc.tryNew": [type, value, heap],
  "Rc.in": [heap],
  array: [type, count],
  struct: [or(options({ x: type }), "{}"), optional(options({ drop: optional(fn), clone: optional(fn) }))],
  text: [count],
  "RawVec.new": [type, heap],
  "RawVec.withCapacity": [type, count, heap],
  "RawVec.withCapacityZeroed": [type, count, heap],
  "RawVec.in": [heap],
  "Columns.new": [record, heap],
  "Columns.from": [record, place(() => [{ x: 1 }], "[]"), heap],
  "Columns.withCapacity": [record, count, heap],
  "Columns.in": [heap],
  "Vec.new": [type, heap],
  "Vec.from": [type, place(() => [1], "[]"), heap],
  "Vec.withCapacity": [type, count, heap],
  "Vec.in": [heap],

  guard: [
    heap,
    optional(
      options({
        redZone: optional(place(() => 16, "7")),
        quarantine: optional(count),
        stackDepth: optional(count),
        name,
      }),
    ),
  ],
  leaks: [heap, depth],
  "leaks.check": [place(() => proxy.leaks(newHeap()))],
  proxy: [heap, or(options({}), "{}"), named],
  stats: [heap, named],
  inspectAsTree: none,
  tree: [heap],

  checkAllocator: [place(() => newHeap), checks],
  checkCombinator: [
    place(() => combinators.fallback),
    place(() => (over: core.Allocator) => global.system({ parent: over })),
  ],
  failing: [heap, policy],
  sweepFailures: [
    fn,
    optional(
      options({ make: optional(place(() => newHeap)), recovers: flag, allLater: flag, maxRuns: optional(count) }),
    ),
  ],
  printable: [anything(() => 1), optional(count)],
  restless: [heap],
  TraceBuilder: none,
  "TraceBuilder#allocate": [count, optional(power)],
  "TraceBuilder#allocateZeroed": [count, optional(power)],
  "TraceBuilder#resize": [place(() => 0), count],
  "TraceBuilder#release": [place(() => 0)],
  "TraceBuilder#finish": [fields],
  minimiseTrace: [
    bytes,
    place(() => () => true),
    optional(options({ tries: optional(count), maxBytes: optional(count), onProgress: optional(fn) })),
  ],
  parseTrace: [bytes, optional(fn), reading],
  readTrace: [bytes, reading],
  record: [heap, fields],
  parseRep: [place(() => new TextEncoder().encode("20000\n3\n2\n1\na 2 512\na 0 128\n")), fields, reading],
  replay: [
    bytes,
    heap,
    optional(
      options({
        align: optional(power),
        verify: flag,
        onProgress: optional(fn),
        onServe: optional(fn),
        maxBytes: optional(count),
      }),
    ),
  ],
  writeTrace: [bytes, optional(options({ gzip: flag, maxBytes: optional(count) }))],
};

/** What is not called, with the reason. */
const NOT_CALLED: Readonly<Record<string, readonly string[]>> = {
  "arithmetic of every request, which has no room for a check": ["alignUp", "alignDown", "isAligned", "isAlignment"],
  "abstract, or private": ["Allocator", "Forwarder", "Layout", "Memory"],
  "steps of an allocator, for its author": [
    ...[
      "ancestorsOf",
      "blocksOf",
      "endsAsOne",
      "leavesOf",
      "requireMembers",
      "sourcesOf",
      "togetherCan",
      "uppersOf",
      "nameOf",
      "titleOf",
      "titleFor",
      "misuseOf",
      "requireLive",
    ],
    ...["attempt", "undoing", "rethrow", "invariant", "hide", "withName", "withCapabilities", "move", "giveChunk"],
    ...["LeafEpochs", "LateMembers", "LateMembers.wordsFor", "Refusals", "resetAll"],
    ...["attachDescription", "fromParts", "kindFor", "letGo", "gateRoot", "Halves", "partsOf", "wordsIn"],
    ...["catchUp", "childrenIn", "isGated", "requireParent"],
    ...["bytesOfBook", "placeOf", "recycle", "wordsAt"],
  ],
  errors: [
    ...["AllocError", "ArgumentError", "LayoutError", "MisuseError", "OwnedError", "LeakError", "TraceError"],
    "ReplayError",
  ],
};

const entries: Readonly<Record<string, unknown>> = {
  ...core,
  ...author,
  ...coreCompat,
  ...combinators,
  ...specialize,
  ...freelist,
  ...global,
  ...globalCompat,
  ...owned,
  ...proxy,
  ...scoped,
  ...testkit,
};

/** Returns the methods of an object by name, called on it. */
function methodsOf(object: object, prefix: string): [string, Call][] {
  const names = Object.getOwnPropertyNames(object).filter((key) => key !== "constructor" && key !== "prototype");
  return names.flatMap((key) => {
    const method: unknown = Object.getOwnPropertyDescriptor(object, key)!.value;
    return typeof method === "function"
      ? [[prefix + key, (...args) => (object as Record<string, Call>)[key]!(...args)] as [string, Call]]
      : [];
  });
}

/** Every call by name. */
const CALLS = new Map<string, Call>(
  Object.entries(entries).flatMap(([key, exported]): [string, Call][] => {
    if (typeof exported === "function") {
      const call: Call = (...args) =>
        /^[A-Z]/.test(key)
          ? new (exported as new (...args: unknown[]) => unknown)(...args)
          : (exported as Call)(...args);
      return [[key, call], ...methodsOf(exported, `${key}.`)];
    }
    const isFactory = /^(Arc|Box|Columns|Rc|RawVec|Vec)$/.test(key);
    if (!isFactory) return [];
    const above = Object.getPrototypeOf(exported) as object;
    return [...methodsOf(above, ""), ...methodsOf(Object.getPrototypeOf(above) as object, "")].map(([method]) => [
      `${key}.${method}`,
      (...args) => (exported as Record<string, Call>)[method]!(...args),
    ]);
  }),
);
for (const { key, names, make } of [
  {
    key: "Layout",
    names: ["extend", "repeat", "alignTo", "padToAlign", "paddingNeededFor", "equals"],
    make: layout.make,
  },
  {
    key: "Memory",
    names: ["words", "widen", "grow", "view", "store", "load", "copy", "fill", "encode", "decode", "at", "toPtr"],
    make: memory.make,
  },
  { key: "chain", names: ["orElse", "pipe"], make: () => combinators.chain(inOne.list.make() as never) },
  {
    key: "TraceBuilder",
    names: ["allocate", "allocateZeroed", "resize", "release", "finish"],
    make() {
      const builder = new testkit.TraceBuilder();
      builder.allocate(64);
      return builder;
    },
  },
]) {
  for (const method of names) {
    CALLS.set(`${key}#${method}`, (...args) => (make() as Record<string, Call>)[method]!(...args));
  }
}

const CODES = new Set(
  [...readFileSync(join(ROOT, "docs/errors.md"), "utf8").matchAll(/^## `([a-z-]+)`/gm)].map(([, code]) => code),
);

/** Returns `"returned"`, `"refused"`, or the text of an error without a code. */
async function outcome(key: string, args: readonly unknown[]): Promise<string> {
  try {
    const result = await CALLS.get(key)!(...args);
    if (Object(result)[Symbol.asyncIterator] !== undefined)
      for await (const _ of result as AsyncIterable<unknown>) void _;
    if (key === "overrideGlobalAllocator") (result as Record<PropertyKey, Call>)[author.disposeKey]!();
    if (key === "reportLeaks") (result as Call)();
    return "returned";
  } catch (error) {
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    const raw = errors.find((each) => !CODES.has((Object(each) as { code?: string }).code));
    return raw === undefined ? "refused" : String(raw);
  }
}

/** Returns the message of the error that a call throws. */
async function messageOf(key: string, args: readonly unknown[]): Promise<string> {
  try {
    const result = await CALLS.get(key)!(...args);
    if (Object(result)[Symbol.asyncIterator] !== undefined)
      for await (const _ of result as AsyncIterable<unknown>) void _;
    return "it returned";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Calls whose samples are refused: no room is what they report, or no block lies at the address. */
const THROWS = ["handleAllocError", "orThrow", "dealloc", "realloc", "Arc.adopt", "Box.fromRaw"];

test("every export has samples, or a reason to have none", () => {
  const left = new Set(Object.values(NOT_CALLED).flat());
  const all = [...CALLS.keys()].filter((key) => !left.has(key));
  expect(all.sort()).toEqual(Object.keys(SAMPLES).sort());
});

/** Objects whose functions are called as their methods, so that other members are their own. */
const OF_PARTS = ["Allocator.from", "fromMalloc", "fromFiveFunctions"];

/** The field of the sample of a struct, whose fields may have any name. */
const FIELD = "x";

/** Keys that are no option and differ in a character or two: `byte`, `bbytes` and `Bytess` for `bytes`. */
const misspelt = (name: string) => [
  name.slice(0, -1),
  name[0] + name,
  `${name[0]!.toUpperCase()}${name.slice(1)}${name.at(-1)}`,
];

const ALL = Object.entries(SAMPLES);
const WITH_OPTIONS = ALL.flatMap(([key, places]) =>
  places.flatMap(({ inner = {} }, at) =>
    Object.keys(inner).map((name) => ({ key, at, name, shown: `${key}: ${name} of argument ${at}` })),
  ),
).filter(({ key, name }) => !OF_PARTS.includes(key) && name !== FIELD);

describe.each(WITH_OPTIONS)("$shown", ({ key, at, name }) => {
  const args = (extra: object) =>
    SAMPLES[key]!.map(({ make }, index) => (index === at ? { ...(make() as object), ...extra } : make()));

  test("is meant by a misspelt key, which is refused", async () => {
    for (const wrong of misspelt(name)) {
      const message = await messageOf(key, args({ [wrong]: 1 }));
      expect(message, wrong).toContain(`got "${wrong}": did you mean ${name}?`);
    }
  });

  test("may stand beside a key that is undefined", async () => {
    const came = await outcome(key, args({ nothing: undefined }));
    expect(came).toBe(THROWS.includes(key) ? "refused" : "returned");
  });
});

describe.each(ALL)("%s", (key, places) => {
  test("accepts its samples", async () => {
    const came = await outcome(
      key,
      places.map(({ make }) => make()),
    );
    expect(came).toBe(THROWS.includes(key) ? "refused" : "returned");
  });

  test("accepts nothing else, and says so", async () => {
    const faults: string[] = [];
    const attempt = async (where: string, args: readonly unknown[], isRight: boolean) => {
      const came = await outcome(key, args);
      if (came !== "refused" && !(isRight && came === "returned")) faults.push(`${where}: ${came}`);
    };
    for (const [at, { right, inner = {}, isConstant }] of places.entries()) {
      if (isConstant) continue;
      const args = (value: unknown) => places.map(({ make }, index) => (index === at ? value : make()));
      for (const [shown, value] of Object.entries(NONSENSE)) {
        await attempt(`argument ${at} ${shown}`, args(value), right.includes(shown as Nonsense));
        for (const [option, { right: rightThere }] of Object.entries(inner)) {
          const whole = { ...(places[at]!.make() as object), [option]: value };
          await attempt(`${option} ${shown}`, args(whole), rightThere.includes(shown as Nonsense));
        }
      }
    }
    expect(faults).toEqual([]);
  });
});
