import { Allocator, type Layout, Memory, type Null, type Ptr, pages, type SelfDescription } from "@alloc/core";
import {
  attachDescription,
  bytesOfBook,
  CHANGES,
  catchUp,
  isGated,
  type Kind,
  LateMembers,
  letGo,
  withName,
  wordsAt,
} from "@alloc/core/author";
import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../../../checks/support/gated.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";

/** A leaf with a word. */
class Leaf extends Allocator {
  override readonly memory: Memory;
  readonly words: Int32Array;
  constructor(parent: Allocator, words: Int32Array = parent.memory.words(Int32Array, 1)) {
    super(parent);
    this.memory = parent.memory;
    this.words = words;
  }
  override allocate(_layout: Layout): Ptr | Null {
    return 0;
  }
  override deallocate(): void {}
  override describeSelf(): SelfDescription {
    return { kind: "leaf", options: { length: this.words.length }, state: { words: this.words } };
  }
}

/** A combinator whose children change. */
class Ring extends Allocator {
  override readonly memory: Memory;
  readonly late: LateMembers;
  calls = 0;
  constructor(first: Allocator, kinds: readonly Kind[], words?: Int32Array) {
    super(undefined, [first]);
    this.memory = first.memory;
    this.late = new LateMembers(this.memory, kinds, 4, words);
  }
  override allocate(_layout: Layout): Ptr | Null {
    return 0;
  }
  override deallocate(): void {}
  override describeSelf(): SelfDescription {
    return { kind: "ring", options: {}, state: { late: this.late.words }, ...(isGated(this.memory) && { listed: 1 }) };
  }
  get first(): Allocator {
    return this.children[0]!;
  }
  enter(child: Allocator): void {
    this.adopt(child);
    (this.children as Allocator[]).push(child);
  }
  strike(index: number): Allocator {
    const [child] = (this.children as Allocator[]).splice(index + 1, 1);
    this.abandon(child!);
    return child!;
  }
  add(child: Allocator): void {
    this.late.add(this.first, child);
    this.enter(child);
  }
  remove(index: number): void {
    this.late.remove(index);
    this.strike(index);
  }
  publish(): void {
    this.late.publish(this.children);
  }
  catchUp(): void {
    this.calls++;
    this.late.catchUp(
      this.first,
      (index) => this.strike(index),
      (child) => this.enter(child),
    );
  }
}

/** A combinator of any children. */
class Pair extends Allocator {
  override readonly memory: Memory;
  constructor(...children: Allocator[]) {
    super(undefined, children);
    this.memory = children[0]!.memory;
  }
  override allocate(_layout: Layout): Ptr | Null {
    return 0;
  }
  override deallocate(): void {}
  override describeSelf(): SelfDescription {
    return { kind: "pair", options: {}, state: {} };
  }
}

const KINDS: Kind[] = [
  { kind: "leaf", attach: ({ parent, state }) => new Leaf(parent!, state.words as Int32Array) },
  { kind: "pair", attach: ({ children }) => new Pair(...children) },
  {
    kind: "ring",
    attach({ children: [first], kinds, state }) {
      const ring = new Ring(first!, kinds, state.late as Int32Array);
      ring.catchUp();
      return ring;
    },
  },
];

let memory: Memory;
let root: Allocator;
beforeEach(() => {
  memory = Memory.linear({ shared: true, initial: 65536, maximum: 2 ** 20 });
  root = pages(memory);
});

const changes = () => memory.openBook().words[CHANGES]!;
const attach = (chain: Allocator) => attachDescription(memory, chain.describe(), KINDS) as Ring;
/** Two rings on the same words. */
function two(first: Allocator = new Leaf(root)): [one: Ring, other: Ring] {
  gate(memory);
  const one = new Ring(first, KINDS);
  return [one, attach(one)];
}
const wordsOf = ({ children }: Ring) => children.map((child) => (child as Leaf).words.byteOffset);

describe("a child that one thread adds", () => {
  test("is made by another one that catches up, on the same words", () => {
    const [one, other] = two();
    one.add(new Leaf(root));
    one.add(new Leaf(root));
    expect(other.children.length).toBe(1);
    catchUp(memory);
    expect(wordsOf(other)).toEqual(wordsOf(one));
    expect(new Set(wordsOf(other)).size).toBe(3);
  });

  test("has its name and its options there", () => {
    const [one, other] = two();
    one.add(withName({ name: "late" }, () => new Leaf(root, memory.words(Int32Array, 3))));
    catchUp(memory);
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    expect(JSON.stringify(one)).not.toContain("listed");
    expect(other.describe().nodes[1]!.options).toEqual({ length: 1 });
    expect((other.children[1] as Leaf).words.length).toBe(3);
  });

  test("may be given up by another one", () => {
    const [one, other] = two();
    for (let child = 0; child < 3; child++) one.add(new Leaf(root));
    catchUp(memory);
    const [, first, second, third] = one.children;
    other.remove(1);
    catchUp(memory);
    expect(one.children.slice(1)).toEqual([first, third]);
    expect(wordsOf(other)).toEqual(wordsOf(one));
    expect(() => second!.allocate({} as Layout)).toThrow("this leaf was disposed of by another thread");
  });

  test("after another one was given up gets a record that no thread has yet", () => {
    const [one, other] = two();
    one.add(new Leaf(root));
    catchUp(memory);
    const [, old] = other.children;
    one.remove(0);
    one.add(new Leaf(root));
    catchUp(memory);
    expect(other.children[1]).not.toBe(old);
    expect(wordsOf(other)).toEqual(wordsOf(one));
  });

  test("is known to this thread alone until the memory has a gate", () => {
    const one = new Ring(new Leaf(root), KINDS);
    one.add(new Leaf(root));
    expect([one.late.isPublished, one.late.list(), one.describe().nodes.length]).toEqual([false, [], 4]);
    gate(memory);
    expect([one.late.isPublished, one.late.list(), one.describe().nodes.length]).toEqual([true, [1], 3]);
    expect(attach(one).children.length).toBe(2);
  });

  test("is not lost if it is not known to others while this one catches up", () => {
    const one = new Ring(new Leaf(root), KINDS);
    one.add(new Leaf(root));
    one.catchUp();
    expect(one.children.length).toBe(2);
  });
});

describe("the word that says that there are changes", () => {
  test("changes with each child that comes or goes, and not otherwise", () => {
    const [one, other] = two();
    const seen = [changes()];
    one.add(new Leaf(root));
    seen.push(changes());
    catchUp(memory);
    one.publish();
    other.publish();
    seen.push(changes());
    one.remove(0);
    seen.push(changes());
    expect(seen).toEqual([0, 1, 1, 2]);
  });

  test("is no place of freed words", () => {
    const before = bytesOfBook(memory);
    gate(memory);
    const one = new Ring(new Leaf(root), KINDS);
    one.add(new Leaf(root));
    for (let time = 0; time < 3; time++) one.publish();
    one.remove(0);
    one.late.close();
    expect(bytesOfBook(memory) - before).toBe(2 * 8);
  });
});

describe("what a child takes its chunks from", () => {
  test("is what the first one has in the same place", () => {
    const heap = new Leaf(root);
    const [one, other] = two(new Pair(new Leaf(root), new Leaf(heap)));
    one.add(new Pair(new Leaf(root), new Leaf(heap)));
    catchUp(memory);
    const heaps = other.children.map(({ children }) => children[1]!.parent);
    expect(heaps[0]).toBe(heaps[1]);
    expect(heaps[0]).not.toBe(heap);
  });

  test("is that of the first place where the child has it", () => {
    const heaps = [new Leaf(root), new Leaf(root)];
    const [one, other] = two(new Pair(...heaps.map((heap) => new Leaf(heap))));
    one.add(new Pair(...heaps.map(() => new Leaf(heaps[0]!))));
    catchUp(memory);
    const [first, late] = other.children.map(({ children }) => children.map(({ parent }) => parent));
    expect(late).toEqual([first![0], first![0]]);
    expect(late![1]).toBe(first![0]);
  });

  test("may be the root, wherever the first one has it", () => {
    const [one, other] = two(new Leaf(new Leaf(root)));
    one.add(new Leaf(root));
    catchUp(memory);
    expect(other.children[1]!.parent).toBe(root);
  });

  test("may be another child of it, if that belongs to it", () => {
    const chunky = () => {
      const chunks = new Leaf(root);
      return new Pair(chunks, new Leaf(chunks));
    };
    const [one, other] = two(chunky());
    one.add(chunky());
    catchUp(memory);
    const [, late] = other.children;
    expect(late!.children[1]!.parent).toBe(late!.children[0]);
  });

  test.each([
    ["another allocator", () => new Leaf(new Leaf(root))],
    ["another allocator that is lent to it", () => new Pair(new Leaf(root).byRef())],
  ])("is refused if it is %s: nothing has changed", (_, make) => {
    const [one, other] = two();
    const child = make();
    const before = bytesOfBook(memory);
    expect(() => one.add(child)).toThrow("make all of them over the same allocator");
    expect([one.children.length, changes(), bytesOfBook(memory)]).toEqual([1, 0, before]);
    catchUp(memory);
    expect(other.children.length).toBe(1);
  });
});

describe("children whose words lie elsewhere", () => {
  test("are refused, and so are the threads that would be let in", () => {
    const one = new Ring(new Leaf(root), KINDS);
    one.add(new Leaf(root, new Int32Array(1)));
    expect(codeThrown(() => gate(memory))).toBe("argument");
    expect(isGated(memory)).toBe(false);
  });

  test("are described once, before others are let in", () => {
    const one = new Ring(new Leaf(root), KINDS);
    const late = new Leaf(root);
    one.add(late);
    gate(memory);
    const before = one.late.textAt(0);
    (late as { words: Int32Array }).words = memory.words(Int32Array, 1);
    gate(memory);
    expect(one.late.textAt(0)).toBe(before);
  });

  test("since they were made, are described anew before others are let in", () => {
    const one = new Ring(new Leaf(root), KINDS);
    const late = new Leaf(root);
    one.add(late);
    one.publish();
    const other = attach(one);
    expect(wordsOf(other)).toEqual(wordsOf(one));
    (late as { words: Int32Array }).words = memory.words(Int32Array, 1);
    const serials = one.late.list();
    gate(memory);
    expect(one.late.list()).toEqual(serials);
    expect(wordsOf(attach(one))).toEqual(wordsOf(one));
  });
});

describe("catching up", () => {
  test("asks each live allocator of the memory whose children may change, once, wherever it stands", () => {
    const rings = Array.from({ length: 5 }, () => new Ring(new Leaf(root), KINDS));
    const [a, b, c, d, e] = rings as [Ring, Ring, Ring, Ring, Ring];
    new Pair(a, b.byRef(), b.byRef());
    const tenant = new Ring(new Leaf(c), KINDS);
    letGo(d, "was let go");
    e.dispose();
    catchUp(memory);
    expect([...rings, tenant].map(({ calls }) => calls)).toEqual([1, 1, 1, 0, 0, 1]);
  });

  test("leaves those alone that end with a child that has gone", () => {
    const [one, other] = two();
    one.add(new Ring(new Leaf(root), KINDS));
    one.add(new Leaf(root));
    catchUp(memory);
    const inner = other.children[1] as Ring;
    one.remove(0);
    catchUp(memory);
    expect(codeThrown(() => inner.allocate({} as Layout))).toBe("disposed");
    catchUp(memory);
  });

  test("does nothing in a memory without a root, and in another memory", () => {
    const ring = new Ring(new Leaf(root), KINDS);
    catchUp(Memory.linear({ shared: true, initial: 65536, maximum: 65536 }));
    expect(ring.calls).toBe(0);
  });

  test("that fails for want of a kind changes nothing, and may be done again", () => {
    const kinds: Kind[] = [KINDS[0]!];
    const [one] = two();
    const other = new Ring(new Leaf(root, (one.first as Leaf).words), kinds, one.late.words);
    one.add(new Leaf(root));
    one.add(new Pair(new Leaf(root)));
    for (let time = 0; time < 2; time++) {
      expect(() => other.catchUp()).toThrow("needs a kind for pair");
      expect(other.children.length).toBe(2);
    }
    kinds.push(KINDS[1]!);
    other.catchUp();
    expect(other.children.length).toBe(3);
  });
});

test.each(["[{", "{}", "7", "null"])("a text that is damaged is refused: %s", (damaged) => {
  const [one, other] = two();
  one.add(new Leaf(root));
  const units = one.late.unitsAt(0).fill(0x20);
  for (const [at, character] of [...damaged].entries()) units[at] = character.charCodeAt(0);
  expect(codeThrown(() => other.catchUp())).toBe("argument");
  expect(other.children.length).toBe(1);
});

test("its bytes are those of the records and texts in use", () => {
  const [one, other] = two();
  expect(one.late.bytes).toBe(4);
  one.add(new Leaf(root));
  const [, , at, length] = one.late.words;
  const text = wordsAt(memory, { type: "Uint16Array", at: 8 * at!, length: length! }) as Uint16Array;
  expect(String.fromCharCode(...text)).toMatch(/^\[\{"kind":"leaf".*\]$/);
  expect(one.late.bytes).toBe(4 + 12 + 2 * length!);
  catchUp(memory);
  expect(other.late.bytes).toBe(one.late.bytes);
});

test("as many children as were said have words", () => {
  const [one, other] = two();
  expect(one.late.words.length).toBe(LateMembers.wordsFor(4));
  for (let child = 0; child < 3; child++) one.add(new Leaf(root));
  catchUp(memory);
  expect([one.late.list(), wordsOf(other)]).toEqual([[1, 2, 3], wordsOf(one)]);
});

describe("members that exist when a description is attached", () => {
  const heap = () => new Leaf(root);

  test("are parents and children of those that are made, and nothing is made for them or below them", () => {
    const there = heap();
    const { nodes, root: id } = new Pair(new Leaf(there)).describe();
    const parent = nodes[nodes[id]!.children[0]!]!.parent!;
    const only = nodes.map((node) =>
      node.id === parent ? { ...node, kind: "none", children: [99], parent: 99 } : node,
    );
    const again = attachDescription(memory, { nodes: only, root: id }, KINDS, new Map([[parent, there]]));
    expect(again.children[0]!.parent).toBe(there);
    expect(attachDescription(memory, { nodes: only, root: parent }, [], new Map([[parent, there]]))).toBe(there);
  });

  test("live on if a kind refuses another one", () => {
    const there = heap();
    const { nodes, root: id } = new Pair(new Leaf(there)).describe();
    const parent = nodes[nodes[id]!.children[0]!]!.parent!;
    const refusing: Kind = {
      kind: "pair",
      attach() {
        throw new RangeError("no");
      },
    };
    const call = () =>
      attachDescription(memory, { nodes, root: id }, [KINDS[0]!, refusing], new Map([[parent, there]]));
    expect(call).toThrow(new RangeError("no"));
    expect(there.allocate({} as Layout)).toBe(0);
  });
});
