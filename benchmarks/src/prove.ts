/**
 * npm run prove: runs each of our allocators through the conformance kit for as long as asked, and every mutant until it is caught.
 *
 *     ours       10 million operations each, none accused
 *     trees      random chains of all parts, 10 million operations in total, half of them specialised; none accused
 *     throws     random chains whose parent throws at the n-th call and whose drops throw, 10 million steps; nothing lost
 *     handles    Box, Rc, Arc and Vec with callbacks that call back or throw, 10 million steps; no value lost or dropped twice
 *     mutants    each accused by the rule that it breaks, within 200,000 operations
 *
 * @module
 */
import {
  affix,
  aligned,
  bucketize,
  cascade,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { specialized } from "@alloc/combinators/specialize";
import { type Allocator, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { checkAllocator, type RuleId } from "@alloc/testkit";
import type { Command } from "commander";
import fc from "fast-check";
import { treesOf } from "../../checks/support/trees.ts";
import { MORE_MUTANTS, MUTANTS } from "../../packages/testkit/test/mutants.ts";
import { plainCommand, positive, runCommand } from "./command.ts";
import { progressBar } from "./progress.ts";
import { proveHandles } from "./prove-handles.ts";
import { proveThrows } from "./prove-throws.ts";

const MiB = 2 ** 20;
/** Most operations for a mutant. */
const PATIENCE = 200_000;
/** Programs per check: after each check progress is shown and the seed changes. */
const PROGRAMS = 500;

const OURS: Record<string, (parent: Allocator) => Allocator> = {
  "freeList(64)": (parent) => freeList(64, { blocks: 50, parent }),
  "scoped(100,000)": (parent) => scoped(100_000, { parent }),
  "scoped(1000, grow)": (parent) => scoped(1000, { parent, grow: true }),
  "system()": (parent) => system({ parent }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
  "nullAllocator()": (parent) => nullAllocator(parent.memory),
  "fallback(freeList(64), system())": (parent) => fallback(freeList(64, { blocks: 50, parent }), system({ parent })),
  "segregate([100, tinyHeap()], system())": (parent) => segregate([100, tinyHeap({ parent })], system({ parent })),
  "limit(system(), 50,000)": (parent) => limit(system({ parent }), 50_000),
  "bucketize(freeList, by 16 to 256)": (parent) =>
    bucketize((size) => freeList(size, { blocks: 9, parent }), { from: 16, to: 256, step: 16 }),
  "cascade(freeList(64))": (parent) =>
    cascade((index) => (index < 6 ? freeList(64, { blocks: 4 << index, parent }) : undefined)),
  "freeTree(scoped(50,000))": (parent) => freeTree(scoped(50_000, { parent })),
  "affix(system(), 8, 8)": (parent) => affix(system({ parent }), { prefix: Layout.of(8), suffix: Layout.of(8) }),
  "quantize(system(), 100)": (parent) => quantize(system({ parent }), 100),
  "aligned(system(), 64)": (parent) => aligned(system({ parent }), 64),
  "guard(leaks(system()))": (parent) => guard(leaks(system({ parent }), { stackDepth: 0 }), { stackDepth: 0 }),
  "proxy(stats(system()))": (parent) => proxy(stats(system({ parent })), {}),
};

/** The ways to make a random tree. */
const TREES: Record<string, (make: () => Allocator) => Allocator> = {
  "random trees": (make) => make(),
  "random trees, specialised": (make) => specialized(make),
};
/** Most levels of a tree, and the programs run on each. */
const DEPTH = 5;
const PROGRAMS_OF_TREE = 100;
const TREES_OF_ROUND = 10;

interface Proof {
  readonly name: string;
  readonly operations: number;
  readonly served: number;
  readonly refused: number;
  /** Broken rules. */
  readonly broken: readonly string[];
  /** The finding as text; empty if there is none. */
  readonly text: string;
}

/** Checks until enough operations are done or a fault is found. */
async function prove(
  name: string,
  make: (parent: Allocator) => Allocator,
  parent: Allocator,
  operations: number,
  seed: number,
  onProgress: (done: number) => void,
): Promise<Proof> {
  const sum = { operations: 0, served: 0, refused: 0 };
  for (let round = 0; sum.operations < operations; round++) {
    const report = await checkAllocator(make, { parent, programs: PROGRAMS, seed: seed + round });
    sum.operations += report.operations;
    sum.served += report.served;
    sum.refused += report.refused;
    if (!report.ok) return { name, ...sum, broken: report.violations.map(({ rule }) => rule), text: `${report}` };
    onProgress(Math.min(1, sum.operations / operations));
  }
  return { name, ...sum, broken: [], text: "" };
}

/** Checks random trees, one after the other, until enough operations are done or a fault is found. */
async function proveTrees(
  name: string,
  build: (make: () => Allocator) => Allocator,
  operations: number,
  seed: number,
  onProgress: (done: number) => void,
): Promise<Proof> {
  const sum = { operations: 0, served: 0, refused: 0 };
  // Some laws use all memory and write each byte of it: with less memory, more trees can be tried.
  const parent = pages(Memory.linear({ maximum: 16 * MiB }));
  for (let round = 0; sum.operations < operations; round++) {
    for (const { text, make } of fc.sample(treesOf(parent, DEPTH), { numRuns: TREES_OF_ROUND, seed: seed + round })) {
      const report = await checkAllocator(() => build(make), { programs: PROGRAMS_OF_TREE, seed: seed + round });
      sum.operations += report.operations;
      sum.served += report.served;
      sum.refused += report.refused;
      const broken = report.violations.map(({ rule }) => rule);
      if (!report.ok) return { name, ...sum, broken, text: `${text}\n${report}` };
    }
    onProgress(Math.min(1, sum.operations / operations));
  }
  return { name, ...sum, broken: [], text: "" };
}

/** The name of the proof of chains with a throwing parent. */
const THROWS = "random trees, whose parent and drops throw";

/** Proves chains that throw; its refused calls are those that threw. */
function proveTrouble(operations: number, seed: number, onProgress: (done: number) => void): Proof {
  const report = proveThrows({ operations, seed, onProgress });
  return { name: THROWS, ...report, broken: report.text === "" ? [] : ["throws"] };
}

/** The name of the proof of the handles. */
const HANDLES = "handles, with callbacks that call back or throw";

/** Proves the handles; its served requests are the values made, its refused ones the steps that threw. */
function proveOwned(operations: number, seed: number, onProgress: (done: number) => void): Proof {
  const { steps, values, refused, fault } = proveHandles({ steps: operations, seed, onProgress });
  return {
    name: HANDLES,
    operations: steps,
    served: values,
    refused,
    broken: fault === undefined ? [] : ["handles"],
    text: fault ?? "",
  };
}

const command: Command = plainCommand(
  "prove",
  "Checks each of our allocators for as long as asked, and every mutant until it is caught.",
  "the proofs",
)
  .option(
    "--operations <number>",
    "random operations for each of our allocators, and for all random trees",
    positive,
    10_000_000,
  )
  .option("--seed <number>", "the seed of the first programs", positive, 1)
  .option(
    "--only <text...>",
    "only the allocators and mutants with these names, or with names that contain these texts",
  )
  .action(async (options: { operations: number; seed: number; only?: readonly string[]; json?: boolean }) => {
    const { only } = options;
    const names = [...Object.keys(OURS), ...Object.keys(TREES), THROWS, HANDLES];
    // A complete name selects only itself: system() is also part of other names.
    const isMeant = (name: string) =>
      only?.some((text) => (names.includes(text) ? name === text : name.includes(text))) ?? true;
    const allocators = Object.entries(OURS).filter(([name]) => isMeant(name));
    const trees = Object.entries(TREES).filter(([name]) => isMeant(name));
    const broken = [...Object.entries(MUTANTS), ...MORE_MUTANTS].filter(([, { name }]) => isMeant(name));
    const ofHandles = isMeant(HANDLES);
    const ofThrows = isMeant(THROWS);
    if (allocators.length + trees.length + broken.length === 0 && !ofHandles && !ofThrows)
      command.error(`error: no name contains ${only!.join(" or ")}`);
    const bar = progressBar();
    const ours: Proof[] = [];
    const mutants: (Proof & { readonly rule: string; readonly caught: boolean })[] = [];
    const say = (line: string) => {
      bar.stop();
      if (options.json !== true) console.log(line);
    };
    const told = (proof: Proof) => {
      ours.push(proof);
      say(`${proof.broken.length === 0 ? "kept " : "BROKE"} ${row(proof)}${proof.text && `\n${proof.text}`}`);
    };
    try {
      for (const [name, make] of allocators) {
        const parent = pages(Memory.linear({ maximum: 4 * MiB }));
        const show = (done: number) => bar.show(name, done);
        const proof = await prove(name, make, parent, options.operations, options.seed, show);
        told(proof);
      }
      for (const [name, build] of trees) {
        const show = (done: number) => bar.show(name, done);
        told(await proveTrees(name, build, options.operations / trees.length, options.seed, show));
      }
      if (ofThrows) told(proveTrouble(options.operations, options.seed, (done) => bar.show(THROWS, done)));
      if (ofHandles) told(proveOwned(options.operations, options.seed, (done) => bar.show(HANDLES, done)));
      for (const [rule, Mutant] of broken) {
        const own = pages(Memory.linear({ maximum: 64 * MiB }));
        const proof = await prove(
          Mutant.name,
          (parent) => new Mutant(parent),
          own,
          PATIENCE,
          options.seed,
          () => {},
        );
        const caught = proof.broken.includes(rule as RuleId);
        mutants.push({ ...proof, rule, caught });
        say(`${caught ? "caught" : "MISSED"} ${rule.padEnd(5)} ${row(proof)}`);
      }
    } finally {
      bar.stop();
    }
    const accused = ours.filter(({ broken }) => broken.length > 0).length;
    const missed = mutants.filter(({ caught }) => !caught).length;
    if (options.json === true) console.log(JSON.stringify({ ours, mutants }, null, 2));
    else console.log(`\n${ours.length} allocators, ${accused} accused; ${mutants.length} mutants, ${missed} missed`);
    if (accused + missed > 0) process.exitCode = 1;
  });

function row({ name, operations, served, refused }: Proof): string {
  const number = (value: number) => value.toLocaleString("en").padStart(11);
  return `${name.padEnd(36)} ${number(operations)} operations ${number(served)} served ${number(refused)} refused with NULL`;
}

await runCommand(command, process.argv.slice(2));
