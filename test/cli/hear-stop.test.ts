import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hearStop } from '../../src/cli/hear-stop.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

function listen() {
  const clock = createVirtualClock();
  const process = new EventEmitter();
  let exits = 0;
  const signal = hearStop({ clock, process, exit: () => (exits += 1) });
  return { clock, process, signal, countExits: () => exits };
}

describe('hearStop', () => {
  it('takes a signal to the group and the same one handed on for one wish to stop', async () => {
    const { clock, process, signal, countExits } = listen();
    expect(signal.aborted).toBe(false);
    process.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    process.emit('SIGINT');
    await clock.advance(900);
    process.emit('SIGTERM');
    expect(countExits()).toBe(0);
  });

  it('ends the process at once where it is told again later', async () => {
    const { clock, process, countExits } = listen();
    process.emit('SIGTERM');
    await clock.advance(1_000);
    process.emit('SIGINT');
    expect(countExits()).toBe(1);
  });
});
