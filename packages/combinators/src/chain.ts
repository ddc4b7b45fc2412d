/**
 * Chain: combinators written from left to right.
 *
 *     chain(a).orElse(b).orElse(c)     fallback(a, fallback(b, c))
 *     ….pipe(limit, 2 ** 20)           limit(…, 2 ** 20)
 *     ….pipe(stats)                    stats(…)
 *
 * Steps written from left to right nest to the right, so a call reaches the first member directly. No combinator is created before
 * `build`. Until then the chain itself owns the members: a program that gives up half-way disposes the chain.
 *
 * @module
 */
import { type Allocator, ArgumentError, type Can, type Disposable, MisuseError } from "@alloc/core";
import { disposeKey, hide, requireFunction, rethrow, uppersOf } from "@alloc/core/author";
import { discard, isAllocator, requireAllocator, shown } from "./composable.ts";
import { type Fallback, fallback } from "./pairs/fallback.ts";

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

/** Allocators asked one after the other. Each method returns a new chain. A chain, or one of those made from it, is built once. */
export interface Chain<M extends Members> extends Disposable {
  /** Appends an allocator, which is asked if those before it have no room. All of those must support `owns`. */
  orElse<B extends Allocator>(next: Last<M> extends Can<"owns"> ? B : NeedsOwns): Chain<[...M, B]>;
  /**
   * Wraps the chain so far: `build` calls `wrap(inner, ...args)`. Allocators among the arguments become members of the chain.
   *
   * @param wrap - any function from an allocator to an allocator, such as `limit`, `aligned` or `stats`
   * @param args - its other arguments
   * @throws `TypeError` if `wrap` is no function; `build` throws one if it does not return an allocator
   */
  pipe<P extends readonly unknown[], B extends Allocator>(
    wrap: (inner: Built<M>, ...args: P) => B,
    ...args: P
  ): Chain<[B]>;
  /**
   * Creates the allocator, which owns its members.
   *
   * @throws `MisuseError` with code `owned` if the chain was built before or a member belongs to another combinator, `disposed` if
   *   the chain was disposed; and whatever the combinators throw. The members are as before then
   */
  build(): Built<M>;
  /** Disposes the members, unless the chain was built: the result owns them then. `using` calls it. */
  dispose(): void;
}

/** Shared by a chain and all chains made from it. */
interface State {
  now: "open" | "built" | "disposed";
}

class Links {
  /** Each makes one of the allocators that are asked one after the other. */
  readonly links!: readonly (() => Allocator)[];
  /** All allocators that were passed in. */
  readonly members!: readonly Allocator[];
  readonly state!: State;

  constructor(links: Links["links"], members: Links["members"], state: State) {
    // The key here, because bundlers keep a class that computes the name of a method.
    hide(this, { links, members, state, [disposeKey]: this.dispose });
  }

  orElse(next: Allocator): Links {
    requireAllocator("orElse", next);
    return new Links([...this.links, () => next], [...this.members, next], this.state);
  }

  pipe(wrap: (inner: Allocator, ...args: unknown[]) => Allocator, ...args: unknown[]): Links {
    requireFunction("pipe(limit, 2 ** 20)", wrap);
    const make = () => {
      const made: unknown = wrap(this.nested(), ...args);
      if (isAllocator(made)) return made;
      throw new ArgumentError(`pipe expects a function that returns an allocator, and it returned ${shown(made)}`);
    };
    return new Links([make], [...this.members, ...args.filter(isAllocator)], this.state);
  }

  build(): Allocator {
    const { state } = this;
    if (state.now === "built") {
      throw new MisuseError("owned", "this chain was already built, and the result owns its members; start a new one");
    }
    if (state.now === "disposed") {
      throw new MisuseError("disposed", "this chain was disposed, and its members with it; start a new one");
    }
    const before = this.uppers();
    try {
      const built = this.nested();
      state.now = "built";
      return built;
    } catch (error) {
      // Combinators that no caller has are built on the members.
      for (const [index, uppers] of this.uppers().entries()) {
        for (const upper of uppers) if (!before[index]!.includes(upper)) upper.abandon(this.members[index]!);
      }
      throw error;
    }
  }

  dispose(): void {
    if (this.state.now === "built") return;
    this.state.now = "disposed";
    const errors: unknown[] = [];
    discard(errors, [...new Set(this.members)]);
    rethrow(errors);
  }

  nested(): Allocator {
    return this.links
      .map((make) => make())
      .reduceRight((rest, member): Allocator => fallback(member as Can<"owns">, rest));
  }

  /** Returns, for each member, the combinators that are built on it. */
  uppers(): (readonly Allocator[])[] {
    return this.members.map((member) => uppersOf(member).map(([upper]) => upper));
  }
}

/**
 * Starts a chain: combinators written from left to right.
 *
 * The chain owns what it is given until `build`, which passes it to the result. `using` disposes a chain that is never built.
 *
 * @param first - the allocator that is asked first
 * @example
 * ```ts
 * import { aligned, chain, limit } from "@alloc/combinators";
 * import { Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = chain(freeList(64)).orElse(freeList(256)).orElse(system()).pipe(limit, 2 ** 20).pipe(aligned, 16).build();
 * heap.usableSize(Layout.of(200)); // => 208
 * ```
 */
export function chain<A extends Allocator>(first: A): Chain<[A]> {
  requireAllocator("chain", first);
  return new Links([() => first], [first], { now: "open" }) as unknown as Chain<[A]>;
}
