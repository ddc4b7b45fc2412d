/**
 * Resizable buffers, which TypeScript's ES2023 does not know.
 *
 * @module
 */

export type Resizable<B extends ArrayBufferLike> = B & { resize(bytes: number): void; grow(bytes: number): void };

/** Makes one of `bytes` bytes that may grow to `most`. */
export function resizable<B extends ArrayBufferLike>(
  Type: new (...args: never[]) => B,
  bytes: number,
  most: number,
): Resizable<B> {
  return Reflect.construct(Type, [bytes, { maxByteLength: most }]);
}
