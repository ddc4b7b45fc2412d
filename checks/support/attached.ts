/**
 * Attached chains: a chain that is made again on copies of its words does what the first one does from then on.
 *
 *     chain ── some calls ── copy the bytes and the words ── attach ──▶ chain, again
 *       └───────────────────── the same calls ────────────────────────────┘         equal results, equal words
 *
 * Equal words are the strong part: whatever an allocator keeps anywhere else, it has lost.
 *
 * @module
 */
import {
  type Allocator,
  type Capability,
  can,
  type Description,
  Layout,
  Memory,
  type Null,
  type Ptr,
  pages,
  type WebAssemblyMemory,
} from "@alloc/core";
import { attachDescription, fromParts, type Kind, partsOf, placeOf, RESERVED, wordsAt } from "@alloc/core/author";
import fc from "fast-check";
import { expect } from "vitest";
import { resizable } from "../../packages/core/test/support/resizable.ts";
import { runs } from "./runs.ts";

const PAGE = 65536;
type View = Description["nodes"][number]["state"][string];

const size = fc.oneof(fc.nat(64), fc.nat(2000), fc.nat(100_000));
const log = fc.oneof(fc.nat(4), fc.nat(13));
const which = fc.nat(1000);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("allocate" as const), size, log }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("release" as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resize" as const), which, size, inPlace: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("double" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("check" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The blocks of a chain, and the results of its calls. */
class Run {
  readonly chain: Allocator;
  readonly live: { ptr: Ptr; layout: Layout }[];
  /** A block that was released last. */
  last: { ptr: Ptr; layout: Layout } | undefined;

  constructor(chain: Allocator, from?: Run) {
    this.chain = chain;
    this.live = [...(from?.live ?? [])];
    this.last = from?.last;
  }

  /** Runs a step. Returns its result, or the code of its error. */
  perform(step: Step): unknown {
    try {
      return this.call(step);
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }

  call(step: Step): unknown {
    const { chain, live } = this;
    if (step.do === "allocate") {
      const layout = Layout.of(step.size, 2 ** step.log);
      const ptr = chain.allocate(layout);
      if (ptr !== 0 && layout.size !== 0) live.push({ ptr, layout });
      return ptr;
    }
    if (step.do === "trim" || step.do === "check") {
      if (can<Allocator, Capability>(chain, step.do)) chain[step.do]();
      return undefined;
    }
    // Of a heap that does not detect it, a second release would be undefined in both.
    if (step.do === "double") {
      if (this.last !== undefined && chain.detects.includes("double-free"))
        chain.deallocate(this.last.ptr, this.last.layout);
      return undefined;
    }
    const at = step.which % live.length;
    const block = live[at];
    if (block === undefined) return undefined;
    if (step.do === "release") {
      live.splice(at, 1);
      chain.deallocate(block.ptr, block.layout);
      this.last = block;
      return undefined;
    }
    const to = Layout.of(Math.max(1, step.size), block.layout.align);
    if (step.inPlace) {
      if (!can<Allocator, Capability>(chain, "resizeInPlace")) return undefined;
      const done = chain.resizeInPlace(block.ptr, block.layout, to);
      if (done) live[at] = { ptr: block.ptr, layout: to };
      return done;
    }
    const moved: Ptr | Null = chain[to.size > block.layout.size ? "grow" : "shrink"](block.ptr, block.layout, to);
    if (moved !== 0) live[at] = { ptr: moved, layout: to };
    return moved;
  }
}

/** The memories in which a chain is tried: they grow in different ways, and one is as if threads shared it. */
const MEMORIES: Record<string, () => Memory> = {
  "an ArrayBuffer": () => Memory.over(new ArrayBuffer(2 ** 21)),
  "a small part of a buffer": () => Memory.over(new ArrayBuffer(300_001), { from: 70_001, to: 290_001 }),
  "a buffer that grows": () => Memory.over(resizable(ArrayBuffer, 70_001, 2 ** 22)),
  "a linear memory": () => Memory.linear({ initial: PAGE, maximum: 2 ** 22 }),
  "a shared memory": () => Memory.linear({ initial: PAGE, maximum: 2 ** 22, shared: true, words: 2 ** 22 }),
};

/** Makes the same memory over a copy of its bytes, and of its words if they are shared. */
export function copyOf(memory: Memory): Memory {
  const parts = partsOf(memory);
  const { maximum, book } = parts;
  const source = copyOfSource(parts.source, maximum);
  if (book === undefined) return fromParts({ ...parts, source });
  const words = copyOfSource(book, 0) as SharedArrayBuffer;
  // What identifies the words, so that the copy is another memory.
  new Int32Array(words).fill(0, 0, RESERVED);
  return fromParts({ ...parts, source, book: words });
}

function copyOfSource(
  source: WebAssemblyMemory | ArrayBufferLike,
  maximum: number,
): WebAssemblyMemory | ArrayBufferLike {
  const isShared = (buffer: ArrayBufferLike) => Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
  if (!("buffer" in source) && !isShared(source)) return structuredClone(source);
  const bytes = new Uint8Array("buffer" in source ? source.buffer : source);
  const limits = { initial: bytes.length / PAGE, maximum: maximum / PAGE };
  const copy =
    "buffer" in source
      ? new WebAssembly.Memory({ ...limits, shared: isShared(source.buffer) })
      : new SharedArrayBuffer(bytes.length);
  new Uint8Array("buffer" in copy ? copy.buffer : copy).set(bytes);
  return copy;
}

/** Copies a description with its words. Shared ones have been copied with their memory. */
export function copyOfDescription({ nodes, root }: Description, from: Memory, to: Memory): Description {
  const copy = (words: View) => (from.shared ? wordsAt(to, placeOf(from, words)) : structuredClone(words));
  const copyOfState = (state: Readonly<Record<string, View>>) =>
    Object.fromEntries(Object.entries(state).map(([name, words]) => [name, copy(words)]));
  return { root, nodes: nodes.map((node) => ({ ...node, state: copyOfState(node.state) })) };
}

/** The words of a chain as texts that tell which array differs, and where. */
function differences(first: Description, second: Description): string[] {
  const found: string[] = [];
  if (first.nodes.length !== second.nodes.length) return ["the number of members"];
  for (const [id, { kind, state, options }] of first.nodes.entries()) {
    const other = second.nodes[id]!;
    if (JSON.stringify(options) !== JSON.stringify(other.options)) found.push(`the options of ${kind}`);
    for (const [name, words] of Object.entries(state)) {
      const its = other.state[name]!;
      const bytes = ({ buffer, byteOffset, byteLength }: View) =>
        Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
      if (bytes(words).equals(bytes(its))) continue;
      const at = [...words].findIndex((word, index) => !Object.is(word, its[index]));
      found.push(`${name}[${at}] of ${kind}: ${words[at]} and ${its[at]}, ${words.length} and ${its.length} elements`);
    }
  }
  return found;
}

/**
 * Runs random calls on a chain, attaches it to copies of its words, and runs further calls on both. Throws unless all results and
 * all words are equal.
 *
 * @param make - makes the chain over a parent
 * @param kinds - of its members
 * @param numRuns - in each memory. Default: 40, a part of them if tests are not thorough
 */
export function expectAttachable(
  make: (parent: Allocator) => Allocator,
  kinds: readonly Kind[],
  numRuns = runs(40),
): void {
  for (const [place, memoryOf] of Object.entries(MEMORIES)) {
    const program = (before: readonly Step[], after: readonly Step[]) => {
      const first = new Run(make(pages(memoryOf())));
      for (const step of before) first.perform(step);
      const { memory } = first.chain;
      const copy = copyOf(memory);
      const attached = attachDescription(copy, copyOfDescription(first.chain.describe(), memory, copy), kinds);
      expect(String(attached)).toBe(String(first.chain));
      const second = new Run(attached, first);
      for (const [index, step] of after.entries()) {
        expect(second.perform(step), `${place}, call ${index}: ${JSON.stringify(step)}`).toEqual(first.perform(step));
        if (index % 8 !== 0 && index !== after.length - 1) continue;
        expect(differences(first.chain.describe(), attached.describe()), `${place}, after call ${index}`).toEqual([]);
      }
      expect([attached.footprint(), attached.detects, attached.isExact]).toEqual([
        first.chain.footprint(),
        first.chain.detects,
        first.chain.isExact,
      ]);
    };
    const calls = fc.array(step, { maxLength: 80, size: "max" });
    fc.assert(fc.property(calls, calls, program), { numRuns });
  }
}
