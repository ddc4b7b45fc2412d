/**
 * The machine of a guard in front of a region with scopes.
 *
 *     guard(region) ── frame() ──▶ guard(frame)     one history: all of them know a pointer that has left its scope
 *
 * It knows a region only by its methods, and imports none of them: `isScoped`, `frame` and `scope` of `@alloc/scoped`.
 *
 * @module
 */
import type { Can, Capability, Layout, Ptr } from "@alloc/core";
import type { Entry } from "./entry.ts";
import { guardError } from "./guard-error.ts";
import { GuardMachine } from "./guard-machine.ts";

/** The methods of a region beyond its capabilities. */
export interface Scopes {
  readonly isScoped: boolean;
  frame(): Can<Capability> & Scopes;
  scope<R>(body: (inner: Can<Capability> & Scopes) => R): R;
}

export class ScopedGuardMachine extends GuardMachine {
  declare readonly inner: Can<Capability> & Scopes;

  get isScoped(): boolean {
    return this.inner.isScoped;
  }

  frame(): ScopedGuardMachine {
    const inner = this.inner.frame();
    return this.guarded(inner);
  }

  scope<R>(body: (inner: ScopedGuardMachine) => R): R {
    const endedBy = this.stackOf(this.scope);
    return this.inner.scope((inner) => body(Object.assign(this.guarded(inner), { endedBy })));
  }

  /** The region would not notice a release into the quarantine, so open scopes are checked here. */
  override fitting(ptr: Ptr, layout: Layout, call: string): Entry {
    if (!this.inner.isScoped) return super.fitting(ptr, layout, call);
    const what = "used % of an outer scope while an inner one is open";
    throw guardError(this.history.guard, "open-scope", what, this.live.get(ptr));
  }

  guarded(inner: Can<Capability> & Scopes): ScopedGuardMachine {
    const Machine = this.constructor as typeof ScopedGuardMachine;
    return new Machine(inner, this.settings, this.history);
  }
}
