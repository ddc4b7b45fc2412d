/**
 * Twig: a member of a chain as the tree draws it, of a chain that lives or of its description.
 *
 *     allocator ──children──▶ …  ──parent──▶ …          can also be asked what it holds
 *     { nodes, root }   ──ids──▶ …                      cannot: it may come from another thread, or from yesterday
 *
 * @module
 */
import type { Allocator, Description, SelfDescription } from "@alloc/core";

export interface Twig {
  readonly self: SelfDescription;
  readonly children: readonly Twig[];
  readonly parent: Twig | undefined;
  /** Undefined where only a description is at hand. */
  readonly allocator: Allocator | undefined;
}

/** Answers the root of a chain. A member that is met twice is one twig. */
export function twigOf(chain: Allocator | Description): Twig {
  return "nodes" in chain ? fromDescription(chain) : fromAllocator(chain);
}

function fromAllocator(root: Allocator): Twig {
  const known = new Map<Allocator, Twig>();
  const visit = (allocator: Allocator): Twig => {
    const { parent } = allocator;
    const twig = known.get(allocator) ?? {
      self: allocator.describeSelf(),
      children: allocator.children.map(visit),
      parent: parent === undefined ? undefined : visit(parent),
      allocator,
    };
    known.set(allocator, twig);
    return twig;
  };
  return visit(root);
}

function fromDescription({ nodes, root }: Description): Twig {
  const known = new Map<number, Twig>();
  const visit = (id: number): Twig => {
    const self = nodes[id]!;
    const { children, parent } = self;
    const twig = known.get(id) ?? {
      self,
      children: children.map(visit),
      parent: parent === undefined ? undefined : visit(parent),
      allocator: undefined,
    };
    known.set(id, twig);
    return twig;
  };
  return visit(root);
}
