/**
 * minimiseTrace: reduces a long trace to the few calls that still show a fault.
 *
 *     48,202 events ── blocks ──▶ 7 ── resizes ──▶ 5 ── aligns, zeroes, sizes ──▶ 5 small ones
 *
 * Parts are left out in chunks. Every attempt is a valid trace of whole blocks, with ids and header counted anew.
 *
 * @module
 */
import { ArgumentError } from "@alloc/core";

import { requireFunction, requireOptions } from "@alloc/core/author";
import { integer, readingOf, requireCallback } from "../arguments.ts";
import { leaveOut } from "../leave-out.ts";
import { completeTrace } from "./census.ts";
import { Columns } from "./columns.ts";
import { ALLOCATE, ALLOCATE_ZEROED, RESIZE, type ReadOptions, type Trace, type TraceSource } from "./format.ts";
import { parseTrace } from "./parse.ts";

const MOST_TRIES = 10_000;

/** Options of {@link minimiseTrace}. */
export interface MinimiseOptions extends ReadOptions {
  /**
   * Maximum number of calls of `fails`; the smallest trace by then is returned.
   *
   * @defaultValue 10000
   */
  readonly tries?: number;
  /** Called after each attempt with the number of attempts and of remaining events. */
  readonly onProgress?: (tries: number, events: number) => void;
}

/**
 * Returns a short trace that still fails. As far as `tries` allow it is minimal: leaving out a block or a resize, merging a
 * resize into the preceding event, lowering a size by 1, or dropping an align or a zeroing makes it pass. The same trace and the
 * same results of `fails` give the same trace.
 *
 * Cost: about 2 k log n tries to reduce n blocks to the k that matter, and similarly for the rest.
 *
 * @param source - a failing trace, in memory or as bytes
 * @param fails - returns whether a trace shows the fault. It should tell the fault from others and be deterministic: start the
 *   allocator in fresh memory, because leftovers of the last attempt may hide the fault
 * @param options - see {@link MinimiseOptions}
 * @returns the reduced trace
 * @throws `TraceError` if the source is not a valid trace; `ArgumentError` if it does not fail; errors of `fails`
 * @example
 * ```ts
 * import { Layout } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { minimiseTrace, record, type Trace } from "@alloc/testkit";
 *
 * using heap = record(system());
 * for (let size = 1; size <= 100; size++) heap.allocate(Layout.of(size));
 * const fails = ({ sizes }: Trace) => sizes.some((size) => size > 60);
 * const { length, sizes } = await minimiseTrace(heap.trace(), fails);
 * length; // => 2
 * sizes[0]; // => 61
 * ```
 */
export async function minimiseTrace(
  source: TraceSource,
  fails: (trace: Trace) => boolean | Promise<boolean>,
  options: MinimiseOptions = {},
): Promise<Trace> {
  requireFunction("minimiseTrace(trace, (trace) => true)", fails);
  requireOptions("minimiseTrace(trace, fails, { tries })", options, ["tries", "maxBytes", "onProgress"]);
  if (options.tries !== undefined) integer("tries", options.tries, 0);
  requireCallback("minimiseTrace(trace, fails, { onProgress: (tries) => { … } })", options.onProgress);
  const trace = await parseTrace(source, undefined, readingOf(options));
  const search = new Search(stepsOf(trace), trace.header.fields, fails, options);
  if (!(await fails(trace))) throw new ArgumentError("minimiseTrace expects a trace that fails, but this one does not");
  let before: readonly Step[];
  do {
    before = search.steps;
    await search.round();
  } while (search.steps !== before);
  return traceOf(search.steps, trace.header.fields);
}

/** An event, compared by identity: reduced traces share their steps. */
interface Step {
  readonly kind: number;
  readonly id: number;
  readonly size: number;
  readonly align: number;
}

class Search {
  /** The smallest failing list so far. */
  steps: readonly Step[];
  readonly fields: Readonly<Record<string, string>>;
  readonly fails: (trace: Trace) => boolean | Promise<boolean>;
  readonly onProgress: MinimiseOptions["onProgress"];
  readonly most: number;
  tries = 0;

  constructor(
    steps: readonly Step[],
    fields: Readonly<Record<string, string>>,
    fails: (trace: Trace) => boolean | Promise<boolean>,
    { tries = MOST_TRIES, onProgress }: MinimiseOptions,
  ) {
    this.steps = steps;
    this.fields = fields;
    this.fails = fails;
    this.most = tries;
    this.onProgress = onProgress;
  }

  /** Tries every reduction once. */
  async round(): Promise<void> {
    const ids = new Set(this.steps.map(({ id }) => id));
    await this.leaveOut([...ids], (steps, some) => steps.filter(({ id }) => !some.has(id)));
    await this.leaveOut(this.stepsThat(isResize), (steps, some) => steps.filter((step) => !some.has(step)));
    await this.leaveOut(this.stepsThat(isResize), join);
    await this.simplify(({ kind }) => kind === ALLOCATE_ZEROED, { kind: ALLOCATE });
    await this.simplify(({ align }) => align > 0, { align: 0 });
    await this.simplify(({ size }) => size > 0, { size: 0 });
    for (let index = 0; index < this.steps.length; index++) await this.lessen(index);
  }

  stepsThat(have: (step: Step) => boolean): Step[] {
    return this.steps.filter(have);
  }

  async simplify(has: (step: Step) => boolean, change: Partial<Step>): Promise<void> {
    await this.leaveOut(this.stepsThat(has), (steps, some) =>
      steps.map((step) => (some.has(step) ? { ...step, ...change } : step)),
    );
  }

  /** Leaves out as many parts as possible. */
  async leaveOut<T>(
    parts: readonly T[],
    without: (steps: readonly Step[], some: ReadonlySet<T>) => readonly Step[],
  ): Promise<void> {
    const search = leaveOut(parts);
    let next = search.next();
    while (!next.done) next = search.next(await this.accepts(without(this.steps, new Set(next.value))));
  }

  /** Bisects the size of a step towards 0 for as long as it fails. */
  async lessen(index: number): Promise<void> {
    let passes = 0;
    let size = this.steps[index]!.size;
    while (size - passes > 1) {
      const middle = Math.floor((size + passes) / 2);
      if (await this.accepts(this.steps.with(index, { ...this.steps[index]!, size: middle }))) size = middle;
      else passes = middle;
    }
  }

  /** Runs an attempt, and keeps it if it fails. */
  async accepts(steps: readonly Step[]): Promise<boolean> {
    if (this.tries >= this.most || isSame(steps, this.steps)) return false;
    this.tries++;
    const does = await this.fails(traceOf(steps, this.fields));
    if (does) this.steps = steps;
    this.onProgress?.(this.tries, this.steps.length);
    return does;
  }
}

function isResize({ kind }: Step): boolean {
  return kind === RESIZE;
}

/** Merges some resizes of a block into its preceding event. */
function join(steps: readonly Step[], some: ReadonlySet<Step>): readonly Step[] {
  const joined: Step[] = [];
  /** Index of the last event of each block. */
  const last = new Map<number, number>();
  for (const step of steps) {
    const before = last.get(step.id);
    if (some.has(step) && before !== undefined) joined[before] = { ...joined[before]!, size: step.size };
    else last.set(step.id, joined.push(step) - 1);
  }
  return joined;
}

function isSame(some: readonly Step[], others: readonly Step[]): boolean {
  return some.length === others.length && some.every((step, index) => step === others[index]);
}

function stepsOf({ length, kinds, ids, sizes, aligns }: Trace): Step[] {
  return Array.from({ length }, (_, index) => ({
    kind: kinds[index]!,
    id: ids[index]!,
    size: sizes[index]!,
    align: aligns[index]!,
  }));
}

function traceOf(steps: readonly Step[], fields: Readonly<Record<string, string>>): Trace {
  const events = new Columns(steps.length);
  const ids = new Map<number, number>();
  for (const { kind, id, size, align } of steps) {
    if (kind === ALLOCATE || kind === ALLOCATE_ZEROED) ids.set(id, ids.size);
    events.push(kind, ids.get(id)!, size, align);
  }
  return completeTrace(events, fields);
}
