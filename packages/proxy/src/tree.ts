/**
 * Tree: a chain as text, a line for each member.
 *
 *     fallback                                         69,632 bytes held  100.0 %
 *     ├─ stats                                         65,536 bytes held   94.1 %  104 live    408 of state
 *     │  └─ freeList(blockSize 64, blocks 1024, …)     65,536 bytes held   94.1 %            2,050 of state
 *     │     └┄ #1 pages(granule 4096)                  69,632 bytes held                        80 of state
 *     └─ compact                                        4,096 bytes held    5.9 %              520 of state
 *        └┄ #1 pages, above
 *
 * A solid line leads to a child, a dotted one to the parent that chunks come from. A chain is a graph: a member that is met
 * twice has a number, and is drawn where it is met first.
 *
 * @module
 */
import type { Allocator, Description } from "@alloc/core";
import { digits } from "./print.ts";
import { type Twig, twigOf } from "./twig.ts";

/** The cells of a line. */
type Row = readonly [label: string, held: string, share: string, live: string, state: string];

class Drawing {
  readonly rows: Row[] = [];
  /** Bytes that the root holds: shares are shares of it. */
  readonly whole: number;
  /** What the root consists of; all else is a parent. */
  readonly members: ReadonlySet<Twig>;
  /** How often a member is met, and the numbers of those that are met twice. */
  readonly met = new Map<Twig, number>();
  readonly numbers = new Map<Twig, number>();

  constructor(root: Twig) {
    this.whole = heldBy(root);
    this.members = new Set(membersOf(root));
    this.count(root);
    this.draw(root, "", "");
  }

  count(twig: Twig): void {
    const times = (this.met.get(twig) ?? 0) + 1;
    this.met.set(twig, times);
    if (times === 1) for (const next of branchesOf(twig)) this.count(next);
  }

  /** Draws a member behind an arm, and what is below it behind an indent. */
  draw(twig: Twig, arm: string, indent: string): void {
    const known = this.numbers.get(twig);
    if (known !== undefined) {
      this.rows.push([`${arm}#${known} ${twig.self.kind}, above`, "", "", "", ""]);
      return;
    }
    let name = nameOf(twig);
    if (this.met.get(twig)! > 1) {
      this.numbers.set(twig, this.numbers.size + 1);
      name = `#${this.numbers.size} ${name}`;
    }
    this.rows.push([arm + name, ...this.cellsOf(twig)]);
    const branches = branchesOf(twig);
    for (const [index, next] of branches.entries()) {
      const isLast = index === branches.length - 1;
      const corner = isLast ? "└" : "├";
      const line = next === twig.parent ? "┄ " : "─ ";
      this.draw(next, indent + corner + line, indent + (isLast ? "   " : "│  "));
    }
  }

  cellsOf(twig: Twig): [held: string, share: string, live: string, state: string] {
    const held = heldBy(twig);
    const share = this.members.has(twig) ? (100 * held) / this.whole : NaN;
    const live = liveOf(twig);
    const state = Object.values(twig.self.state).reduce((bytes, { byteLength }) => bytes + byteLength, 0);
    return [
      Number.isNaN(held) ? "" : `${digits(held)} bytes held`,
      Number.isNaN(share) ? "" : `${share.toFixed(1)} %`,
      Number.isNaN(live) ? "" : `${digits(live)} live`,
      state === 0 ? "" : `${digits(state)} of state`,
    ];
  }
}

/**
 * Draws a chain as a tree: of each member its kind and options, the bytes that it holds and its share of what the whole holds,
 * the bytes that are live where it counts them, and those of its state. A parent that several members have is drawn once. For terminals and browsers alike.
 *
 * A description has no numbers but those of the state: what a member holds only itself can tell.
 *
 * Cost: O(members), and a `footprint` of each.
 *
 * @param chain - an allocator, or what its `describe()` answered
 * @example
 * ```ts
 * import { fallback } from "@alloc/combinators";
 * import { Memory, pages } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { tree } from "@alloc/proxy";
 * import { scoped } from "@alloc/scoped";
 *
 * const parent = pages(Memory.linear());
 * using chain = fallback(freeList(64, { parent }), scoped(65536, { parent }));
 * const lines = tree(chain).split("\n");
 * lines[0]!.endsWith("131,072 bytes held  100.0 %"); // => true
 * lines[1]!.startsWith("├─ freeList(blockSize 64, "); // => true
 * lines[4]; // => "   └┄ #1 pages, above"
 * ```
 */
export function tree(chain: Allocator | Description): string {
  const { rows } = new Drawing(twigOf(chain));
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = ([label, ...cells]: Row) => {
    const columns = cells.map((cell, index) => cell.padStart(widths[index + 1]!)).filter((column) => column !== "");
    return [label.padEnd(widths[0]!), ...columns].join("  ").trimEnd();
  };
  return rows.map(line).join("\n");
}

/** Answers a member and its children, theirs, and so on. */
function membersOf(twig: Twig): Twig[] {
  return [twig, ...twig.children.flatMap(membersOf)];
}

function branchesOf({ children, parent }: Twig): readonly Twig[] {
  return parent === undefined ? children : [...children, parent];
}

function nameOf({ self: { kind, options } }: Twig): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const listed = given.map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return listed.length === 0 ? kind : `${kind}(${listed.join(", ")})`;
}

function heldBy({ allocator }: Twig): number {
  return allocator?.footprint().held ?? NaN;
}

/** Answers the bytes that a member counts as live, as `limit`, `stats`, `leaks` and `guard` do; NaN of any other. */
function liveOf({ allocator }: Twig): number {
  const counts = allocator as { bytesLive?: number; counters?: { bytesLive?: number } } | undefined;
  return counts?.bytesLive ?? counts?.counters?.bytesLive ?? NaN;
}
