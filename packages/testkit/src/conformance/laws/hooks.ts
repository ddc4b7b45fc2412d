/**
 * Hook laws: a virtual memory copies and fills by user functions, which may throw or use the allocator.
 *
 *     allocateZeroed   a block ─▶ fill ✗      the block is released
 *     grow             a new block ─▶ copy ✗  the new block is released, the old one is unchanged
 *     either           a new block ─▶ fill ─▶ allocate      two blocks, side by side
 *
 * @module
 */
import { type Allocator, Layout, Memory, NULL, type Null, type Ptr, pages } from "@alloc/core";
import { bytesText } from "@alloc/core/author";
import { isRefusal, Refusal } from "../refusal.ts";
import { expectRule, Violation } from "../rules.ts";
import type { Trial } from "../trial.ts";
import { fill, type Law, NO_PARENT, NONE_SERVED, served, tryToMake } from "./law.ts";

const BYTES = 2 ** 20;
/** Maximum number of refused requests in a row; each may lose a block. */
const MOST = 64;
const SMALL = Layout.of(24);
const EMPTY = Layout.of(0);

/** A memory with hooks, and a callback that runs before each hook. */
class Hooked {
  readonly buffer: ArrayBuffer = new ArrayBuffer(BYTES);
  readonly bytes = { u8: new Uint8Array(this.buffer), i32: new Int32Array(this.buffer) };
  readonly memory: Memory;
  before: (hook: "copy" | "fill") => void = () => {};

  constructor() {
    const { u8 } = this.bytes;
    this.memory = Memory.virtual(BYTES, {
      copy: (to, from, bytes) => {
        this.before("copy");
        u8.copyWithin(to, from, from + bytes);
      },
      fill: (ptr, bytes, value) => {
        this.before("fill");
        u8.fill(value, ptr, ptr + bytes);
      },
    });
  }

  /** Runs a step while every hook throws. Returns whether the step threw that error. */
  refuses(step: () => unknown): boolean {
    this.before = (hook) => {
      throw new Refusal(hook);
    };
    try {
      step();
      return false;
    } catch (error) {
      if (isRefusal(error)) return true;
      throw error;
    } finally {
      this.before = () => {};
    }
  }
}

/** A request that needs a hook and may fail by it. */
interface Request {
  readonly text: string;
  /** Whether it resizes a live block. */
  readonly isResize: boolean;
  make(allocator: Allocator, block: Ptr, from: Layout, to: Layout): Ptr | Null;
}
const REQUESTS: readonly Request[] = [
  { text: "allocateZeroed", isResize: false, make: (allocator, _block, _from, to) => allocator.allocateZeroed(to) },
  {
    text: "growZeroed from size 0",
    isResize: false,
    make: (allocator, _b, _f, to) => allocator.growZeroed(EMPTY.dangling, EMPTY, to),
  },
  { text: "grow", isResize: true, make: (allocator, block, from, to) => allocator.grow(block, from, to) },
  { text: "growZeroed", isResize: true, make: (allocator, block, from, to) => allocator.growZeroed(block, from, to) },
];

const throws: Law = {
  rules: ["1.7"],
  run(trial, make) {
    return inHooks(make, (hooked, one) => {
      const [from, to] = trial.another(one(), (probe) => pairServed(probe));
      if (from === undefined || to === undefined) return NONE_SERVED;
      for (const { text, make } of REQUESTS) {
        const room = trial.another(one(), (other) => {
          pin(other, from);
          return endWith(other, fill(other, to).length);
        });
        trial.another(
          one(),
          (other) => {
            const block = pin(other, from);
            let refused = 0;
            other.note(`// ${text} of ${bytesText(to.size)}, where memory.copy and memory.fill throw`);
            for (let times = 0; times < Math.min(MOST, 2 * room + 2); times++) {
              const ptr = block?.ptr ?? EMPTY.dangling;
              if (hooked.refuses(() => make(other.allocator, ptr, from, to))) refused++;
              else break;
            }
            other.shadow.verifyAll("1.7");
            if (refused === 0) return endWith(other, undefined);
            const left = fill(other, to).length;
            expectRule("1.7", left >= room, () => {
              return `after ${text} failed ${refused} times by a byte hook that throws, there is room for ${left} of ${room} blocks`;
            });
            return endWith(other, undefined);
          },
          hooked.bytes,
        );
      }
      return undefined;
    });
  },
};

const returns: Law = {
  rules: ["1.7"],
  run(trial, make) {
    return inHooks(make, (hooked, one) => {
      const [from, to] = trial.another(one(), (probe) => pairServed(probe));
      if (from === undefined || to === undefined) return NONE_SERVED;
      for (const request of REQUESTS) {
        trial.another(one(), (other) => reenter(other, hooked, request, from, to), hooked.bytes);
      }
      return undefined;
    });
  },
};

export const HOOK_LAWS: readonly Law[] = [throws, returns];

/** Makes a request during which the first hook allocates. */
function reenter(trial: Trial, hooked: Hooked, { text, isResize, make }: Request, from: Layout, to: Layout): void {
  const { allocator, shadow } = trial;
  const block = pin(trial, from);
  const nested: Ptr[] = [];
  hooked.before = () => {
    hooked.before = () => {};
    const ptr = allocator.allocate(SMALL);
    if (ptr === NULL) return;
    nested.push(ptr);
    shadow.fill(shadow.add("nested", ptr, SMALL, allocator.usableSize(SMALL)));
  };
  trial.note(`// ${text} of ${bytesText(to.size)}, where memory.copy and memory.fill allocate ${SMALL.size} bytes`);
  try {
    const ptr = make(allocator, block?.ptr ?? EMPTY.dangling, from, to);
    if (ptr !== NULL) {
      if (block !== undefined && isResize) shadow.remove(block);
      shadow.fill(shadow.add("outer", ptr, to, allocator.usableSize(to)));
    }
  } catch (error) {
    // An allocator that does not allow this throws `reentrant` before it writes.
    if ((error as { code?: string }).code !== "reentrant") {
      throw new Violation("1.7", `${text} with a byte hook that allocates: ${(error as Error).message}`);
    }
  } finally {
    hooked.before = () => {};
  }
  shadow.verifyAll("1.7");
  if (trial.has("check")) trial.call("a.check();", "1.7", () => allocator.check());
  endWith(trial, undefined);
}

/** Runs a law in a memory with hooks. */
function inHooks(
  make: Parameters<Law["run"]>[1],
  law: (hooked: Hooked, one: () => Allocator) => string | undefined,
): string | undefined {
  if (!make.takesParent) return NO_PARENT;
  const hooked = new Hooked();
  const root = pages(hooked.memory);
  try {
    const made = tryToMake(make, root);
    if (typeof made === "string") return made;
    made.dispose();
  } catch {
    return "it cannot be made in a memory with byte hooks";
  }
  return law(hooked, () => make(root));
}

/** Returns the last two of the probe layouts that are served; undefined entries if there are fewer. */
function pairServed(probe: Trial): (Layout | undefined)[] {
  const layouts = served(probe).map(({ layout }) => layout);
  return endWith(probe, layouts.slice(-2));
}

/** Allocates a block with another one behind it, so that it cannot grow in place. */
function pin(trial: Trial, layout: Layout) {
  const block = trial.allocate(layout);
  trial.allocate(layout);
  return block;
}

function endWith<T>(trial: Trial, answer: T): T {
  trial.allocator.dispose();
  return answer;
}
