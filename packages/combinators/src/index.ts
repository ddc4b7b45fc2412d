export { type Fallback, fallback } from "./fallback.ts";
export { type NullAllocator, nullAllocator } from "./null.ts";
