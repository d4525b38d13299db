import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../src/errors.ts';
import { pause } from '../../src/recommend/pause.ts';

describe('pause', () => {
  it('ends as cancelled when its client has gone, and with its time limit where that was over', async () => {
    await expect(pause(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    const late = new TimeoutError('too late');
    await expect(pause(AbortSignal.abort(late))).rejects.toBe(late);
    await expect(pause(new AbortController().signal)).resolves.toBeUndefined();
  });

  it('takes turns with other searches: one goes on in a turn', async () => {
    const order: string[] = [];
    const search = async (name: string) => {
      for (let at = 0; at < 2; at++) {
        await pause();
        order.push(name);
      }
    };
    const searches = ['a', 'b'].map(search);
    for (let turn = 0; turn < 5; turn++) {
      await immediate();
      order.push('|');
    }
    await Promise.all(searches);
    expect(order.join('').replace(/\|+$/, '')).toBe('a|b|a|b');
  });
});
