/**
 * Two buffers that grow in turn, as a trace: neither can grow in place for long, because the other lies behind it.
 *
 * @module
 */
import { type Trace, TraceBuilder } from "@alloc/testkit";

/** The trace as code. */
export const GROWING = `let [x, y] = [malloc(16), malloc(16)];
for (let size = 32; size <= 16384; size += 16) {
  x = realloc(x, size);
  y = realloc(y, size);
}
free(x);
free(y);`;

export function growing(): Trace {
  const builder = new TraceBuilder();
  const [x, y] = [builder.allocate(16), builder.allocate(16)];
  for (let size = 32; size <= 16384; size += 16) {
    builder.resize(x, size);
    builder.resize(y, size);
  }
  builder.release(x);
  builder.release(y);
  return builder.finish({ name: "growing" });
}
