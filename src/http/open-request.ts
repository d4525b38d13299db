// A request that is under way: who asks, the snapshot that it reads, and the signal that its client has left.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.ts';
import { SnapshotPin, type SnapshotSource } from './snapshot-pin.ts';

/** Lets go of the snapshot once the response is over. The signal is made when somebody wants it: many an answer is known. */
export class OpenRequest<T> {
  readonly pin: SnapshotPin<T>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly access: Access;
  readonly caller: string | null;
  readonly mayOperate: boolean;
  #left: AbortController | null = null;
  #isLeft = false;

  constructor(
    snapshots: SnapshotSource<T>,
    request: IncomingMessage,
    response: ServerResponse,
    access: Access,
  ) {
    this.pin = new SnapshotPin(snapshots);
    this.request = request;
    this.response = response;
    this.access = access;
    this.caller = callerOf(access);
    this.mayOperate = access.scope !== 'read';
    // A client may leave while his key is looked up, or his body read: no event tells of it any more.
    if (response.closed || response.destroyed) this.#end();
    else response.once('close', () => this.#end());
  }

  #end(): void {
    this.pin.release();
    // Whoever has his answer has not left.
    this.#isLeft = !this.response.writableFinished;
    if (this.#isLeft) this.#left?.abort();
  }

  get signal(): AbortSignal {
    if (this.#left === null) {
      this.#left = new AbortController();
      if (this.#isLeft) this.#left.abort();
    }
    return this.#left.signal;
  }
}

/** Who asks, for the rate. Nobody is told apart on an open server. */
function callerOf({ actor }: Access): string | null {
  return actor === 'loopback' ? null : actor;
}
