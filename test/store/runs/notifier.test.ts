import { describe, expect, it } from 'vitest';
import { createNotifier, runTopic } from '../../../src/store/runs/notifier.ts';

describe('createNotifier()', () => {
  it('wakes those who wait for the topic, and nobody else', async () => {
    const notifier = createNotifier();
    const woken: string[] = [];
    const one = notifier.wait(runTopic('1')).then(() => woken.push('one'));
    void notifier.wait(runTopic('2')).then(() => woken.push('two'));
    notifier.notify(runTopic('1'));
    await one;
    expect(woken).toEqual(['one']);
  });

  it('calls a listener on every notify until it is stopped', () => {
    const notifier = createNotifier();
    let calls = 0;
    const stop = notifier.listen(runTopic('1'), () => void calls++);
    notifier.notify(runTopic('1'));
    notifier.notify(runTopic('1'));
    stop();
    notifier.notify(runTopic('1'));
    expect(calls).toBe(2);
  });

  it('lets go of a waiter whose signal aborts, and of all when it closes', async () => {
    const notifier = createNotifier();
    const leave = new AbortController();
    const left = notifier.wait('a', leave.signal);
    leave.abort();
    await left;
    const waiting = notifier.wait('b');
    notifier.close();
    await waiting;
    await notifier.wait('c');
    expect(notifier.isClosed).toBe(true);
  });
});
