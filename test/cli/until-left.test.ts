import { describe, expect, it } from 'vitest';
import { untilLeft } from '../../src/cli/until-left.ts';

/** Work that is told to stop, and ends as `end` says. */
const stopped = (end: (signal: AbortSignal) => unknown) =>
  untilLeft(async ({ signal }) => {
    process.emit('SIGINT');
    throw end(signal);
  });

describe('untilLeft', () => {
  it('answers 2 for work that ends because it was told to, and listens no longer', async () => {
    const heard = process.listenerCount('SIGINT');
    expect(await stopped((signal) => signal.reason)).toBe(2);
    expect(process.listenerCount('SIGINT')).toBe(heard);
  });

  it('throws what else goes wrong after that', async () => {
    await expect(stopped(() => new Error('the disk is full'))).rejects.toThrow('the disk is full');
  });
});
