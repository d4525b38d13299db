// One request reads one snapshot: the pin takes it at the first use and lets go when the response is over.
import { invariant } from '../errors.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';

export interface Pinned<T> {
  readonly manifest: Manifest;
  readonly resource: T;
  release(): void;
}

export interface SnapshotSource<T> {
  /** @throws GroovelakeError (STARTING) while nothing has been published */
  acquire(): Pinned<T>;
}

export class SnapshotPin<T> {
  readonly #source: SnapshotSource<T>;
  #pinned: Pinned<T> | null = null;
  #isOver = false;
  readonly #endings: (() => void)[] = [];

  constructor(source: SnapshotSource<T>) {
    this.#source = source;
  }

  /** The request's snapshot. @throws GroovelakeError (STARTING) */
  get(): Pinned<T> {
    this.#pinned ??= this.#source.acquire();
    if (this.#isOver) this.release();
    return this.#pinned;
  }

  /** Reads this snapshot instead of the served one. Before the first use only. */
  choose(pinned: Pinned<T>): void {
    invariant(this.#pinned === null, 'a request chooses its snapshot before it reads');
    this.#pinned = pinned;
    if (this.#isOver) this.release();
  }

  /** The request's snapshot, or null where there is none yet. */
  find(): Pinned<T> | null {
    try {
      return this.get();
    } catch {
      return null;
    }
  }

  /** What the request reads; where it has read nothing yet, what is served by now, which is not held for it. Null where there is none. */
  peek(): Manifest | null {
    if (this.#pinned) return this.#pinned.manifest;
    const other = this.another();
    const manifest = other.find()?.manifest ?? null;
    other.release();
    return manifest;
  }

  /** A pin of its own on what is served now, with a life of its own. */
  another(): SnapshotPin<T> {
    return new SnapshotPin(this.#source);
  }

  /** Does something once when the request is over, whether it was answered or its client left; at once when it is over already. */
  whenOver(ending: () => void): void {
    if (this.#isOver) ending();
    else this.#endings.push(ending);
  }

  release(): void {
    this.#isOver = true;
    this.#pinned?.release();
    for (const ending of this.#endings.splice(0)) ending();
  }
}
