import { expect, it } from 'vitest';
import { emptyTally, tallyRow } from '../../../src/pipeline/listening/export-tally.ts';
import { toRow } from '../../../src/sources/exports/to-play.ts';

it('counts rejected rows that differ in a value alone as one reason, whatever the value holds', () => {
  const tally = emptyTally('export.zip');
  for (const ts of ['yesterday', 'a "quoted" day', 5, '2099-01-01T00:00:00Z'])
    tallyRow(tally, toRow({ ts, ms_played: 1 }, Date.parse('2026-01-01')), 'a.json');
  tallyRow(tally, toRow({}, 0), 'a.json');
  expect(tally.reasons).toEqual({
    'a.json: ts is no time': 3,
    'a.json: ts lies in the future': 1,
    'a.json: it has neither "ts" and "ms_played" nor "endTime" and "msPlayed"': 1,
  });
});
