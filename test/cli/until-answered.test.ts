import { describe, expect, it } from 'vitest';
import type { Terminal } from '../../src/cli/terminal.ts';
import { untilAnswered } from '../../src/cli/until-answered.ts';
import { GroovelakeError } from '../../src/errors.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const away = new GroovelakeError('UNAVAILABLE', 'The server does not answer.', { isRetryable: true });

/** Asks whoever fails so often before it answers, for as long as the test lets time pass. */
async function ask(failures: number, error: Error, seconds: number, signal?: AbortSignal) {
  const said: string[] = [];
  const terminal: Terminal = {
    isInteractive: true,
    line: () => {},
    status: (...lines) => void said.push(lines.join('\n')),
    error: () => {},
  };
  const clock = createVirtualClock();
  let asked = 0;
  const answering = untilAnswered(
    async () => {
      asked += 1;
      if (asked <= failures) throw error;
      return 'answer';
    },
    { terminal, clock, signal },
  ).catch((thrown: unknown) => thrown);
  await clock.advance(seconds * 1_000);
  return { answer: await answering, asked, said };
}

describe('untilAnswered(ask)', () => {
  it('asks again where that may help, and shows why', async () => {
    const { answer, said } = await ask(3, away, 5);
    expect(answer).toBe('answer');
    expect(said).toHaveLength(3);
    expect(said[0]).toContain('The server does not answer.');
  });

  it('fails at once with what no asking again mends, and after a minute with the rest', async () => {
    const refused = new GroovelakeError('FORBIDDEN', 'no key');
    expect(await ask(1, refused, 5)).toMatchObject({ answer: refused, asked: 1 });
    expect((await ask(59, away, 120)).answer).toBe('answer');
    expect((await ask(99, away, 120)).answer).toBe(away);
  });

  it('lets whoever leaves go', async () => {
    expect(await ask(1, away, 5, AbortSignal.abort())).toMatchObject({ answer: away, asked: 1 });
  });
});
