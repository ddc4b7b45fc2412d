/**
 * Tree: a chain as text, one line per member.
 *
 *     fallback                                         69,632 bytes held  100.0 %
 *     ├─ stats                                         65,536 bytes held   94.1 %  104 live    408 of state
 *     │  └─ freeList(blockSize 64, blocks 1024, …)     65,536 bytes held   94.1 %            2,050 of state
 *     │     └┄ #1 pages(granule 4096)                  69,632 bytes held                        80 of state
 *     └─ tinyHeap                                        4,096 bytes held    5.9 %              520 of state
 *        └┄ #1 pages, above
 *
 * A solid line leads to a child, a dotted one to the parent that provides chunks. A chain is a graph: a member that occurs twice
 * gets a number and is drawn at its first occurrence. The text is bounded for every chain and has no control characters.
 *
 * @module
 */
import type { Allocator, Description } from "@alloc/core";
import { printable } from "../printable.ts";
import { digits } from "../stats/print.ts";
import { nodeOf, type TreeNode } from "./tree-node.ts";

/** The cells of a line. */
type Row = readonly [label: string, held: string, share: string, live: string, state: string];

/** Maximum lines and levels of a tree, and characters of a name with its options and of one value. */
const MOST_ROWS = 500;
const MOST_LEVELS = 100;
const MOST_NAME = 160;
const MOST_VALUE = 60;

class Drawing {
  readonly rows: Row[] = [];
  /** The number of members not drawn. */
  left = 0;
  /** Bytes held by the root: shares refer to it. */
  readonly whole: number;
  /** The members of the root; all others are parents. */
  readonly members: ReadonlySet<TreeNode>;
  /** The number of occurrences of each member, and the numbers given to those that occur twice. */
  readonly met = new Map<TreeNode, number>();
  readonly numbers = new Map<TreeNode, number>();

  constructor(root: TreeNode) {
    this.whole = heldBy(root);
    this.members = membersOf(root);
    this.count(root);
    this.draw(root, "", "", 0);
    if (this.left > 0) this.rows.push([`… and ${digits(this.left)} more`, "", "", "", ""]);
  }

  count(root: TreeNode): void {
    const next = [root];
    for (let node = next.pop(); node !== undefined; node = next.pop()) {
      const times = (this.met.get(node) ?? 0) + 1;
      this.met.set(node, times);
      if (times === 1) next.push(...branchesOf(node));
    }
  }

  /** Draws a member behind an arm, and its branches behind an indent. */
  draw(node: TreeNode, arm: string, indent: string, level: number): void {
    if (this.rows.length >= MOST_ROWS || level > MOST_LEVELS) {
      this.left++;
      return;
    }
    const known = this.numbers.get(node);
    if (known !== undefined) {
      this.rows.push([`${arm}#${known} ${printable(node.kind, MOST_NAME)}, above`, "", "", "", ""]);
      return;
    }
    let name = labelOf(node);
    if (this.met.get(node)! > 1) {
      this.numbers.set(node, this.numbers.size + 1);
      name = `#${this.numbers.size} ${name}`;
    }
    this.rows.push([arm + name, ...this.cellsOf(node)]);
    const branches = branchesOf(node);
    for (const [index, next] of branches.entries()) {
      const isLast = index === branches.length - 1;
      const corner = isLast ? "└" : "├";
      const line = next === node.parent ? "┄ " : "─ ";
      this.draw(next, indent + corner + line, indent + (isLast ? "   " : "│  "), level + 1);
    }
  }

  cellsOf(node: TreeNode): [held: string, share: string, live: string, state: string] {
    const held = heldBy(node);
    const share = this.members.has(node) ? (100 * held) / this.whole : NaN;
    const live = liveOf(node);
    const { state } = node;
    return [
      Number.isNaN(held) ? "" : `${digits(held)} bytes held`,
      Number.isNaN(share) ? "" : `${share.toFixed(1)} %`,
      Number.isNaN(live) ? "" : `${digits(live)} live`,
      state === 0 ? "" : `${digits(state)} of state`,
    ];
  }
}

/**
 * Draws a chain as a tree. Each member has its kind and options, the bytes it holds and their share of the whole, its live bytes
 * if it counts them, and the bytes of its state. A parent of several members is drawn once. The text suits terminals and browsers
 * alike.
 *
 * A description only includes the bytes of state: the other numbers require a live allocator.
 *
 * A disposed member is marked as such. At most 500 lines and 100 levels are drawn.
 *
 * Cost: O(members), and a `footprint` of each.
 *
 * @param chain - an allocator, or the result of its `describe()`
 * @returns the lines, joined by newlines
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
  const { rows } = new Drawing(nodeOf(chain));
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = ([label, ...cells]: Row) => {
    const columns = cells.map((cell, index) => cell.padStart(widths[index + 1]!)).filter((column) => column !== "");
    return [label.padEnd(widths[0]!), ...columns].join("  ").trimEnd();
  };
  return rows.map(line).join("\n");
}

/** Returns a member and all its descendants. */
function membersOf(root: TreeNode): ReadonlySet<TreeNode> {
  const members = new Set([root]);
  // Iterating a Set also visits the elements added meanwhile.
  for (const { children } of members) for (const child of children) members.add(child);
  return members;
}

function branchesOf({ children, parent }: TreeNode): readonly TreeNode[] {
  return parent === undefined ? children : [...children, parent];
}

function labelOf({ kind, options }: TreeNode): string {
  const { name } = options;
  const isNamed = typeof name === "string";
  const title = isNamed ? `${kind} ${valueText(JSON.stringify(name))}` : kind;
  const given = Object.entries(options).filter(([key, value]) => value !== undefined && !(isNamed && key === "name"));
  const listed = given.map(([option, value]) => `${option} ${valueText(value)}`);
  return printable(listed.length === 0 ? title : `${title}(${listed.join(", ")})`, MOST_NAME);
}

/** Returns the text of an option: plain data, unless a custom allocator breaks the contract. */
function valueText(value: unknown): string {
  let text: string;
  try {
    text = (typeof value === "object" ? JSON.stringify(value) : undefined) ?? String(value);
  } catch {
    text = typeof value;
  }
  return printable(text, MOST_VALUE);
}

function heldBy({ allocator }: TreeNode): number {
  return numberOf(() => allocator?.footprint().held);
}

/** Returns the bytes that a member counts as live, as `limit`, `stats`, `leaks` and `guard` do; NaN for any other. */
function liveOf({ allocator }: TreeNode): number {
  const counts = allocator as { bytesLive?: number; counters?: { bytesLive?: number } } | undefined;
  return numberOf(() => counts?.bytesLive ?? counts?.counters?.bytesLive);
}

/** Returns a number reported by a member; NaN if it reports none or throws because it was disposed. */
function numberOf(ask: () => number | undefined): number {
  try {
    return Number(ask() ?? NaN);
  } catch {
    return NaN;
  }
}
