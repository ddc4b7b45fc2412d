export { type Scoped, type ScopedOptions, scoped } from "./scoped.ts";
