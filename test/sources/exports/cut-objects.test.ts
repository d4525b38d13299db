import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cut, cutObjects } from '../../../src/sources/exports/cut-objects.ts';

async function cut(text: string | Buffer, size = 7, maxBytes = 1_000): Promise<Cut[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const cuts: Cut[] = [];
  for await (const each of cutObjects(chunks(), maxBytes)) cuts.push(each);
  return cuts;
}

describe('cutObjects', () => {
  it('finds every object of an array, wherever the chunks end', async () => {
    const seed = 20261126;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (objects, size, isPretty) => {
          const cuts = await cut(JSON.stringify(objects, null, isPretty ? 2 : 0), size, 100_000);
          expect(cuts.map((each) => JSON.parse((each as { text: string }).text))).toEqual(objects);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('tolerates a byte order mark and an empty array', async () => {
    expect(await cut('\ufeff[{"a":1}]', 2)).toEqual([{ text: '{"a":1}' }]);
    expect(await cut(' [ ] ')).toEqual([]);
  });

  it.each([
    ['nothing', '', /the file is empty/],
    ['an array that breaks off in an object', '[{"a":1},{"b', /ends in the middle/],
    ['an array that breaks off between two', '[{"a":1},', /ends in the middle/],
    ['an object', '{"a":1}', /byte 1 does not belong/],
    ['an array of numbers', '[1,2]', /byte 2 does not belong/],
    ['something after the array', '[{}] x', /byte 6 does not belong/],
    ['an object without end', `[{"a":"${'x'.repeat(2_000)}"}]`, /more than 1000 bytes/],
  ])('says what is wrong with %s', async (_what, text, message) => {
    expect((await cut(text)).at(-1)).toEqual({ broken: expect.stringMatching(message) });
  });
});
