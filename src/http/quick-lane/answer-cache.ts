// Answers of the served snapshot, kept as the bytes that go out. A snapshot never changes, so an answer is good for as long as it is
// served; a new one drops them all. The answers used last stay, within a budget of bytes.

export interface KeptAnswer {
  /** A text where it is ASCII: Node sends it together with the headers in one piece. */
  readonly body: Buffer | string;
  /** What the operation costs, which a remembered answer costs too. */
  readonly cost: number;
}

export interface AnswerCache {
  /** Asked at the begin of a request: the snapshot is the served one, newer or (after a rollback) older than before. */
  find(snapshotId: string, key: string): KeptAnswer | null;
  /** At its end: an answer of a snapshot that is not served any more is not kept. */
  keep(snapshotId: string, key: string, answer: KeptAnswer): void;
  /** For metrics. */
  count(): {
    readonly answers: number;
    readonly bytes: number;
    readonly hits: number;
    readonly misses: number;
  };
}

/** What an entry takes beside its texts. */
const OVERHEAD_BYTES = 300;
/** One answer may take this share of the budget. */
const LARGEST_SHARE = 1 / 16;

/** @param maxBytes 0: nothing is kept */
export function createAnswerCache(maxBytes: number): AnswerCache {
  const answers = new Map<string, KeptAnswer>();
  let snapshot = '';
  let bytes = 0;
  let hits = 0;
  let misses = 0;

  const forget = (key: string) => {
    const known = answers.get(key);
    if (!known) return;
    answers.delete(key);
    bytes -= sizeOf(key, known);
  };

  return {
    find: (snapshotId, key) => {
      if (snapshotId !== snapshot) {
        answers.clear();
        bytes = 0;
        snapshot = snapshotId;
      }
      const known = answers.get(key);
      if (!known) {
        misses += 1;
        return null;
      }
      hits += 1;
      // The map's order is the order of use.
      answers.delete(key);
      answers.set(key, known);
      return known;
    },
    keep: (snapshotId, key, answer) => {
      const size = sizeOf(key, answer);
      if (snapshotId !== snapshot || size > maxBytes * LARGEST_SHARE) return;
      forget(key);
      answers.set(key, answer);
      bytes += size;
      for (const [oldest] of answers) {
        if (bytes <= maxBytes) break;
        forget(oldest);
      }
    },
    count: () => ({ answers: answers.size, bytes, hits, misses }),
  };
}

function sizeOf(key: string, { body }: KeptAnswer): number {
  return 2 * key.length + body.length + OVERHEAD_BYTES;
}
