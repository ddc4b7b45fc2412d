import { type Allocator, AllocError, Layout, Memory, NULL, type Null, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { sweepFailures } from "@alloc/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

interface Request {
  readonly do: "allocate" | "allocateZeroed";
  readonly size: number;
  readonly align: number;
}
interface OfBlock {
  readonly do: "grow" | "growZeroed" | "shrink" | "deallocate";
  /** Bytes before and after the live blocks. */
  readonly block: number;
  /** Bytes by which it grows or shrinks. */
  readonly by: number;
}
type Step = Request | OfBlock;
const isRequest = (step: Step): step is Request => "size" in step;

const align = fc.constantFrom(1, 8, 64);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom("allocate", "allocateZeroed"), size: fc.nat(300), align }),
    fc.record({
      do: fc.constantFrom("grow", "growZeroed", "shrink", "deallocate"),
      block: fc.nat(),
      by: fc.nat(300),
    }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 25 },
);

/** Runs steps on an allocator. On a failure, and at the end, it releases all blocks except those it `forgets`. */
function interpret(allocator: Allocator, steps: readonly Step[], forgets: (request: number) => boolean): Ptr | Null {
  const live: { ptr: Ptr; layout: Layout; request: number }[] = [];
  let requests = 0;
  const take = (ptr: Ptr | Null, layout: Layout) => {
    if (layout.size > 0) requests++;
    if (ptr !== NULL) live.push({ ptr, layout, request: requests });
    return ptr !== NULL;
  };
  const play = (step: Step): boolean => {
    if (isRequest(step)) {
      const layout = Layout.of(step.size, step.align);
      return take(allocator[step.do](layout), layout);
    }
    if (live.length === 0) return true;
    const index = step.block % live.length;
    const { ptr, layout } = live[index]!;
    if (step.do === "deallocate") {
      allocator.deallocate(ptr, layout);
      live.splice(index, 1);
      return true;
    }
    const to = Layout.of(sizeAfter(step, layout.size), layout.align);
    if (!take(allocator[step.do](ptr, layout, to), to)) return false;
    live.splice(index, 1);
    return true;
  };
  const isDone = steps.every(play);
  for (const { ptr, layout, request } of live) {
    if (isDone || !forgets(request)) allocator.deallocate(ptr, layout);
  }
  return isDone ? (8 as Ptr) : NULL;
}

/** Returns the number of requests, and for each n the requests whose blocks are live when the n-th fails. */
function model(steps: readonly Step[]): { requests: number; liveAt: number[][] } {
  const live: { size: number; request: number }[] = [];
  const liveAt: number[][] = [];
  for (const step of steps) {
    const index = isRequest(step) ? -1 : step.block % live.length;
    const old = live[index];
    if (old === undefined && !isRequest(step)) continue;
    const size = isRequest(step) ? step.size : sizeAfter(step, old!.size);
    if (size > 0) liveAt.push(live.filter((block) => block.size > 0).map(({ request }) => request));
    if (step.do !== "deallocate") live.push({ size, request: liveAt.length });
    if (old !== undefined) live.splice(index, 1);
  }
  return { requests: liveAt.length, liveAt };
}

function sizeAfter(step: OfBlock, size: number): number {
  if (step.do === "deallocate") return 0;
  return step.do === "shrink" ? Math.max(0, size - step.by) : size + step.by;
}

const parent = pages(Memory.linear({ maximum: 2 ** 24 }));
const makers: Record<string, (() => Allocator) | undefined> = {
  "pages()": undefined,
  "system()": () => system({ parent }),
};
const tells = fc.constantFrom("throw", "return", "await");

/** A program of steps, which reports in one way or another that there was no room. */
function programOf(steps: readonly Step[], tell: string, forgets: (request: number) => boolean) {
  if (tell === "return") return (allocator: Allocator) => interpret(allocator, steps, forgets);
  const throws = (allocator: Allocator) => {
    if (interpret(allocator, steps, forgets) === NULL) throw new AllocError(Layout.of(1));
  };
  if (tell === "throw") return throws;
  return async (allocator: Allocator) => {
    await Promise.resolve();
    throws(allocator);
  };
}

test.each(Object.entries(makers))(
  "a program that releases all blocks on failure is correct, with %s",
  async (_, make) => {
    await fc.assert(
      fc.asyncProperty(steps, tells, fc.boolean(), async (steps, tell, allLater) => {
        const program = programOf(steps, tell, () => false);
        const report = await sweepFailures(program, make ? { make, allLater } : { allLater });
        const { requests } = model(steps);
        expect(report).toEqual({ ok: true, runs: requests + 1, requests, faults: [], untried: undefined });
      }),
    );
  },
);

test.each(Object.entries(makers))(
  "a program leaks exactly the blocks it forgets on failure, with %s",
  async (_, make) => {
    await fc.assert(
      fc.asyncProperty(steps, tells, fc.integer({ min: 1, max: 4 }), async (steps, tell, nth) => {
        const forgets = (request: number) => request % nth === 0;
        const report = await sweepFailures(programOf(steps, tell, forgets), make && { make });
        const { requests, liveAt } = model(steps);
        const leaks: string[] = [];
        let tried = 0;
        while (tried < requests && leaks.length < 10) {
          for (const request of liveAt[tried++]!.filter(forgets)) leaks.push(`${tried} leak ${request}`);
        }
        const found = report.faults.map(({ kind, failedRequest, message }) => {
          return `${failedRequest?.index} ${kind} ${/request (\d+)/.exec(message)?.[1]}`;
        });
        expect(found.sort()).toEqual(leaks.sort());
        expect(report.runs).toBe(tried + 1);
      }),
    );
  },
);
