import { describe, expect, it } from 'vitest';
import { fetchReccobeatsFeatures } from '../../../src/sources/reccobeats/client.ts';
import type { Body } from '../../../src/sources/spotify/answers.ts';
import { type Scripted, scriptSource } from '../scripted-source.ts';

const id = (n: number) => String(n).padStart(22, '0');
const row = (track: string) => ({
  id: 'a-uuid',
  href: `https://open.spotify.com/track/${track}`,
  energy: 0.5,
});
const content = (...rows: unknown[]): Scripted => ({ body: JSON.stringify({ content: rows }) });

async function fetch(script: readonly Scripted[], ids: readonly string[]) {
  const { gate, sent, clock } = scriptSource(script);
  const bodies: Body[] = [];
  const take = async (some: readonly Body[]) => void bodies.push(...some);
  const options = {
    source: 'reccobeats',
    url: 'http://recco/v1',
    gate,
    signal: new AbortController().signal,
  };
  const missed: string[] = [];
  await fetchReccobeatsFeatures(options, ids, take, async (some) => void missed.push(...some));
  return { bodies, missed, sent, clock };
}

describe('fetchReccobeatsFeatures', () => {
  it('joins by the link in the row, whatever the order, and leaves out what is unknown or was not asked for', async () => {
    const rows = [row(id(3)), row(id(99)), row(id(1)), row(id(1)), null, { id: id(2) }];
    const { bodies, missed } = await fetch([content(...rows)], [id(1), id(2), id(3)]);
    expect(missed).toEqual([id(2)]);
    expect(bodies.map((body) => body.id)).toEqual([id(3), id(1)]);
    expect(JSON.parse(bodies[0]?.json ?? '')).toEqual(row(id(3)));
  });

  it('asks for forty at most, and for nothing without ids', async () => {
    const ids = Array.from({ length: 81 }, (_, n) => id(n));
    const { sent } = await fetch([content()], ids);
    expect(sent.map(({ url }) => url.split(',').length)).toEqual([40, 40, 1]);
    expect((await fetch([content()], [])).sent).toEqual([]);
  });

  it('obeys Retry-After as a date too', async () => {
    const wait: Scripted = { status: 429, headers: { 'retry-after': 'Fri, 20 Nov 2026 12:00:05 GMT' } };
    const { clock, bodies } = await fetch([wait, content(row(id(1)))], [id(1)]);
    expect(clock.waits).toEqual([5_000]);
    expect(bodies).toHaveLength(1);
  });

  it.each([
    [
      { status: 400, body: '{"status":4004,"errors":[{"message":"size must be between 1 and 40"}]}' },
      /status 400/,
    ],
    [{ body: '{"items":[]}' }, /a list of features is expected/],
    [{ body: '<html>' }, /no JSON/],
  ] as const)('says what was wrong with an answer of another shape (%#)', async (answer, message) => {
    await expect(fetch([answer], [id(1)])).rejects.toThrow(message);
  });
});
