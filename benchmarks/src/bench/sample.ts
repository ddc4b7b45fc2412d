/**
 * What a process is asked, and what it answers. The replayer in C is asked by arguments and answers the same.
 *
 * @module
 */

export interface Asked {
  /** One of `PLAYERS`, to the worker. */
  readonly contender: string;
  /** A file of columns. */
  readonly file: string;
  /** The least align of every block, in bytes. */
  readonly align: number;
}

/** Asks for time. */
export interface TimeAsked extends Asked {
  /** How long it runs before it is measured, and how long it is, in ms. */
  readonly warmUp: number;
  readonly measured: number;
}

/** Asks for memory. */
export interface MemoryAsked extends Asked {
  /** How often the bytes in use are told, at equal distances from the first event to the last. */
  readonly samples: number;
}

/** Asks for the garbage of the part that is timed, with all layouts made before. */
export interface GarbageAsked extends Asked {
  /** How often that part is run. */
  readonly repeats: number;
}

export type Request =
  | ({ readonly mode: "time" } & TimeAsked)
  | ({ readonly mode: "memory" } & MemoryAsked)
  | ({ readonly mode: "garbage" } & GarbageAsked)
  | ({ readonly mode: "once" } & Asked);

export interface Times {
  /** ns per operation, one for each repeat. */
  readonly times: readonly number[];
}

export interface Memories {
  /** The most bytes in use at once. */
  readonly peak: number;
  /** Bytes in use, one for each sample. */
  readonly held: readonly number[];
  /** Bytes that the parent has not back after all was released, as it is and after a trim. Ours know. */
  readonly kept?: { readonly asItIs: number; readonly trimmed: number };
}
