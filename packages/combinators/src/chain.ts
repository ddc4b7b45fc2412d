/**
 * Chain: the fluent way to write combinators, children first, observers last.
 *
 *     chain(a).orElse(b).orElse(c)               fallback(a, fallback(b, c))
 *     chain.upTo(64, a).upTo(512, b).otherwise(c)  segregate(64, a, segregate(512, b, c))
 *     ….limit(n)                                 limit(…, n)
 *     ….pipe(stats)                              stats(…)
 *
 * Steps written from left to right nest to the right, so a call reaches the first child directly. No combinator is created before
 * `build`.
 *
 * @module
 */
import { type Allocator, type Can, MisuseError } from "@alloc/core";
import { type Fallback, fallback } from "./pairs/fallback.ts";
import { checkThreshold, type Segregate, segregate } from "./pairs/segregate.ts";
import { type Limit, type LimitOptions, limit } from "./wrappers/limit.ts";

/** Shown by the compiler if an allocator before `orElse` does not support `owns`. */
export interface NeedsOwns {
  readonly "orElse needs owns(ptr) on every allocator before it": never;
}

/** The allocators of a chain, in the order they are asked. */
type Members = readonly [Allocator, ...Allocator[]];

/** The type that `build` returns for these members. */
export type Built<M extends readonly Allocator[]> = M extends readonly [infer A extends Allocator]
  ? A
  : M extends readonly [infer A extends Allocator, ...infer Rest extends readonly Allocator[]]
    ? Fallback<A, Built<Rest>>
    : never;

type Last<M extends readonly Allocator[]> = M extends readonly [...Allocator[], infer A] ? A : never;

/** Allocators asked one after the other. Each method returns a new chain. */
export interface Chain<M extends Members> {
  /** Appends an allocator, which is asked if those before it have no room. All of those must support `owns`. */
  orElse<B extends Allocator>(next: Last<M> extends Can<"owns"> ? B : NeedsOwns): Chain<[...M, B]>;
  /** Limits the bytes or blocks live at once in the chain so far: see {@link limit}. */
  limit(limits: number | LimitOptions): Chain<[Limit<Built<M>>]>;
  /** Wraps the chain so far in anything that takes an allocator and returns one. */
  pipe<B extends Allocator>(wrap: (inner: Built<M>) => B): Chain<[B]>;
  /**
   * Creates the allocator, which owns its members. A chain can be built once.
   *
   * @throws `MisuseError` with code `owned` if the chain was built before or a member belongs to another combinator; and whatever
   *   the combinators throw. The members are as before then
   */
  build(): Built<M>;
}

/** The type that `otherwise` returns for these steps, each with the children it routes to. */
type Routed<M extends readonly Allocator[]> = M extends readonly [infer A extends Allocator]
  ? A
  : M extends readonly [infer A extends Allocator, ...infer Rest extends readonly Allocator[]]
    ? Segregate<A, Routed<Rest>>
    : never;

/** Allocators chosen by the size of the request. `otherwise` must name the one for the rest. */
export interface Steps<M extends Members> {
  /** Serves requests larger than those of the steps before, up to `bytes`, inclusive. */
  upTo<B extends Allocator>(bytes: number, child: B): Steps<[...M, B]>;
  /** Serves all larger requests. */
  otherwise<B extends Allocator>(child: B): Chain<[Routed<[...M, B]>]>;
}

/** The combinators created for a chain, each with its children from the chain. */
type Made = [combinator: Allocator, children: readonly Allocator[]][];
/** Creates a member and records the combinators created for it. */
type Make = (made: Made) => Allocator;

class Links {
  readonly members: readonly Make[];
  isBuilt = false;

  constructor(members: readonly Make[]) {
    this.members = members;
  }

  orElse(next: Allocator): Links {
    return new Links([...this.members, () => next]);
  }

  limit(limits: number | LimitOptions): Links {
    return new Links([
      (made) => {
        const inner = this.nested(made);
        return noted(made, limit(inner, limits), [inner]);
      },
    ]);
  }

  pipe(wrap: (inner: Allocator) => Allocator): Links {
    return new Links([
      (made) => {
        const inner = this.nested(made);
        const outer = wrap(inner);
        return outer !== inner && outer.children.includes(inner) ? noted(made, outer, [inner]) : outer;
      },
    ]);
  }

  build(): Allocator {
    if (this.isBuilt) {
      throw new MisuseError("owned", "this chain was already built, and the result owns its members; start a new one");
    }
    const made: Made = [];
    try {
      const built = this.nested(made);
      this.isBuilt = true;
      return built;
    } catch (error) {
      // The combinators own the members, but no caller has the combinators.
      for (const [combinator, children] of made) for (const child of children) combinator.abandon(child);
      throw error;
    }
  }

  nested(made: Made): Allocator {
    const members = this.members.map((make) => make(made));
    return members.reduceRight((rest, member) => {
      return noted<Allocator>(made, fallback(member as Can<"owns">, rest), [member, rest]);
    });
  }
}

function noted<A extends Allocator>(made: Made, combinator: A, children: readonly Allocator[]): A {
  made.push([combinator, children]);
  return combinator;
}

class Routes {
  readonly steps: readonly (readonly [bytes: number, child: Allocator])[];

  constructor(steps: Routes["steps"]) {
    this.steps = steps;
  }

  upTo(bytes: number, child: Allocator): Routes {
    checkThreshold(bytes, this.steps.at(-1)?.[0]);
    return new Routes([...this.steps, [bytes, child]]);
  }

  otherwise(child: Allocator): Links {
    return new Links([
      (made) =>
        this.steps.reduceRight((rest, [bytes, small]) => {
          return noted<Allocator>(made, segregate(bytes, small, rest), [small, rest]);
        }, child),
    ]);
  }
}

/** The entry points of {@link chain}. */
export interface ChainStart {
  /** Starts a chain with the allocator that is asked first. */
  <A extends Allocator>(first: A): Chain<[A]>;
  /**
   * Starts a chain that routes by size.
   *
   * @param bytes - the largest request of `child`: an integer from 1, larger than in the step before
   * @throws `LayoutError` if `bytes` is out of bounds
   */
  upTo<A extends Allocator>(bytes: number, child: A): Steps<[A]>;
}

/**
 * Builds combinators from left to right.
 *
 * @example
 * ```ts
 * import { chain } from "@alloc/combinators";
 * import { Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = chain(freeList(64)).orElse(freeList(256)).orElse(system()).limit(2 ** 20).build();
 * heap.usableSize(Layout.of(200)); // => 200
 *
 * using bySize = chain.upTo(64, freeList(64)).upTo(1024, freeList(1024)).otherwise(system()).build();
 * bySize.usableSize(Layout.of(200)); // => 1024
 * ```
 */
export const chain = /* @__PURE__ */ Object.assign((first: Allocator) => new Links([() => first]), {
  upTo: (bytes: number, child: Allocator) => new Routes([]).upTo(bytes, child),
}) as unknown as ChainStart;
