/**
 * A thread that is kept: a pool worker of Vitest whose thread goes on after a run.
 *
 *     run of mutant 1   start │ run │ stop ─┐ not passed on
 *     run of mutant 2   start │ run │ stop ─┤               the same thread, which has imported the packages already
 *     a new one is asked for                └─ terminate
 *
 * A new thread takes most of a second until its first test runs, a hundred times as long as the test that finds a mutant.
 * Each run imports its test files again; everything else stays as it was, so the runner must notice when a thread is spoilt.
 *
 * @module
 */
import { type PoolOptions, type PoolWorker, ThreadsPoolWorker, type WorkerRequest } from "vitest/node";

type Listener = [event: string, callback: (message: unknown) => void];

/** The thread of all runs; undefined before the first, and after {@link endThread}. */
let thread: ThreadsPoolWorker | undefined;

/** Ends the thread: the next run gets a new one. */
export async function endThread(): Promise<void> {
  const ended = thread;
  thread = undefined;
  await ended?.stop();
}

/** The name of the pool, in the configuration of a project. */
export const KEPT = "kept";

/** What one run sees of the thread. */
export class KeptThread implements PoolWorker {
  readonly name = KEPT;
  readonly listeners: Listener[] = [];
  readonly options: PoolOptions;
  #thread!: ThreadsPoolWorker;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (thread === undefined) {
      thread = new ThreadsPoolWorker(this.options);
      await thread.start();
    }
    this.#thread = thread;
  }

  on(event: string, callback: (message: unknown) => void): void {
    this.listeners.push([event, callback]);
    this.#thread.on(event, callback);
  }

  off(event: string, callback: (message: unknown) => void): void {
    this.#thread.off(event, callback);
  }

  send(message: WorkerRequest): void {
    if (message.type !== "stop") this.#thread.send(message);
    else {
      const stopped = { __vitest_worker_response__: true, type: "stopped" };
      for (const [event, callback] of this.listeners) if (event === "message") callback(stopped);
    }
  }

  deserialize(message: unknown): unknown {
    return message;
  }

  async stop(): Promise<void> {
    if (thread === this.#thread) for (const [event, callback] of this.listeners) this.#thread.off(event, callback);
  }
}
