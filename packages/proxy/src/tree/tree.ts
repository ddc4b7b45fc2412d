/**
 * Tree: a chain as text, a line for each member.
 *
 *     fallback                                         69,632 bytes held  100.0 %
 *     ├─ stats                                         65,536 bytes held   94.1 %  104 live    408 of state
 *     │  └─ freeList(blockSize 64, blocks 1024, …)     65,536 bytes held   94.1 %            2,050 of state
 *     │     └┄ #1 pages(granule 4096)                  69,632 bytes held                        80 of state
 *     └─ tinyHeap                                        4,096 bytes held    5.9 %              520 of state
 *        └┄ #1 pages, above
 *
 * A solid line leads to a child, a dotted one to the parent that chunks come from. A chain is a graph: a member that is met
 * twice has a number, and is drawn where it is met first. The text is bounded, whatever the chain is, and has no control characters.
 *
 * @module
 */
import type { Allocator, Description } from "@alloc/core";
import { printable } from "../printable.ts";
import { digits } from "../stats/print.ts";
import { type Twig, twigOf } from "./twig.ts";

/** The cells of a line. */
type Row = readonly [label: string, held: string, share: string, live: string, state: string];

/** Lines of a tree, levels of it, and characters of a name with its options. */
const MOST_ROWS = 500;
const MOST_LEVELS = 100;
const MOST_NAME = 160;
const MOST_VALUE = 60;

class Drawing {
  readonly rows: Row[] = [];
  /** Members that are not drawn. */
  left = 0;
  /** Bytes that the root holds: shares are shares of it. */
  readonly whole: number;
  /** What the root consists of; all else is a parent. */
  readonly members: ReadonlySet<Twig>;
  /** How often a member is met, and the numbers of those that are met twice. */
  readonly met = new Map<Twig, number>();
  readonly numbers = new Map<Twig, number>();

  constructor(root: Twig) {
    this.whole = heldBy(root);
    this.members = membersOf(root);
    this.count(root);
    this.draw(root, "", "", 0);
    if (this.left > 0) this.rows.push([`… and ${digits(this.left)} more`, "", "", "", ""]);
  }

  count(root: Twig): void {
    const next = [root];
    for (let twig = next.pop(); twig !== undefined; twig = next.pop()) {
      const times = (this.met.get(twig) ?? 0) + 1;
      this.met.set(twig, times);
      if (times === 1) next.push(...branchesOf(twig));
    }
  }

  /** Draws a member behind an arm, and what is below it behind an indent. */
  draw(twig: Twig, arm: string, indent: string, level: number): void {
    if (this.rows.length >= MOST_ROWS || level > MOST_LEVELS) {
      this.left++;
      return;
    }
    const known = this.numbers.get(twig);
    if (known !== undefined) {
      this.rows.push([`${arm}#${known} ${printable(twig.kind, MOST_NAME)}, above`, "", "", "", ""]);
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
      this.draw(next, indent + corner + line, indent + (isLast ? "   " : "│  "), level + 1);
    }
  }

  cellsOf(twig: Twig): [held: string, share: string, live: string, state: string] {
    const held = heldBy(twig);
    const share = this.members.has(twig) ? (100 * held) / this.whole : NaN;
    const live = liveOf(twig);
    const { state } = twig;
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
 * One that was disposed is drawn as such. At most 500 lines and 100 levels are drawn.
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

/** Returns a member and its children, theirs, and so on. */
function membersOf(root: Twig): ReadonlySet<Twig> {
  const members = new Set([root]);
  // A set may grow while it is walked: what is added is walked too.
  for (const { children } of members) for (const child of children) members.add(child);
  return members;
}

function branchesOf({ children, parent }: Twig): readonly Twig[] {
  return parent === undefined ? children : [...children, parent];
}

function nameOf({ kind, options }: Twig): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const listed = given.map(([name, value]) => `${name} ${valueText(value)}`);
  return printable(listed.length === 0 ? kind : `${kind}(${listed.join(", ")})`, MOST_NAME);
}

/** Returns the text of an option: plain data, if its author keeps to the contract. */
function valueText(value: unknown): string {
  let text: string;
  try {
    text = (typeof value === "object" ? JSON.stringify(value) : undefined) ?? String(value);
  } catch {
    text = typeof value;
  }
  return printable(text, MOST_VALUE);
}

function heldBy({ allocator }: Twig): number {
  return numberOf(() => allocator?.footprint().held);
}

/** Returns the bytes that a member counts as live, as `limit`, `stats`, `leaks` and `guard` do; NaN of any other. */
function liveOf({ allocator }: Twig): number {
  const counts = allocator as { bytesLive?: number; counters?: { bytesLive?: number } } | undefined;
  return numberOf(() => counts?.bytesLive ?? counts?.counters?.bytesLive);
}

/** Returns what a member says of itself; NaN if it says nothing, or throws since it was disposed. */
function numberOf(ask: () => number | undefined): number {
  try {
    return Number(ask() ?? NaN);
  } catch {
    return NaN;
  }
}
