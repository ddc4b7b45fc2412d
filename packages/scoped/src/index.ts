export { scopedKind } from "./kind.ts";
export { type Scoped, type ScopedOptions, scoped } from "./scoped.ts";
