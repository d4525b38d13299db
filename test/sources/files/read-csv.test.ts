import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATASETS } from '../../../src/sources/files/datasets.ts';
import { type CsvRow, openCsv } from '../../../src/sources/files/read-csv.ts';
import { REAL_CSV } from '../../fixtures/real-csv.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { COLUMNS, HEADER, idsOf, rowOf, stringify, writeCsv } from './csv-files.ts';

const LIMITS = { maxLineBytes: 10_000 };

async function readAll(content: string | Buffer, limits = LIMITS): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of (await openCsv(writeCsv(content), limits)).rows()) rows.push(row);
  return rows;
}

describe('openCsv', () => {
  it.each(
    DATASETS.map((dataset) => [dataset.source, dataset] as const),
  )('recognises %s by its header', async (_source, dataset) => {
    const file = await openCsv(
      writeCsv(`${dataset.columns.join(',')}\n${dataset.columns.map(() => '1').join(',')}\n`),
      LIMITS,
    );
    expect(file.dataset.source).toBe(dataset.source);
  });

  it('tolerates a BOM, blanks, other case, index columns without a name and unknown columns', async () => {
    const header = `\ufeff,Unnamed: 0, ${COLUMNS.map((name) => name.toUpperCase()).join(' ,')},mood\n`;
    const path = writeCsv(`${header}0,0,${rowOf('a')},happy\n`);
    const file = await openCsv(path, LIMITS);
    expect(file.dataset.source).toBe('tidytuesday');
    for await (const row of file.rows()) {
      expect('cells' in row && Object.keys(row.cells)).toEqual([...COLUMNS, 'mood']);
    }
  });

  it.each([
    ['a file that is not there', () => '/no/such/file.csv', /does not exist/],
    ['a folder', () => makeTempFolder(), /is a folder/],
    ['an empty file', () => writeCsv(''), /is empty/],
    ['a header only', () => writeCsv(`${HEADER}\n`), /a header and no row/],
    ['a binary file', () => writeCsv(Buffer.from([1, 2, 0, 4])), /is binary/],
    ['a gzip file', () => writeCsv(Buffer.from([0x1f, 0x8b, 8, 0])), /packed/],
    ['a zip file', () => writeCsv(Buffer.from('PK\u0003\u0004')), /ZIP archive/],
    ['UTF-16', () => writeCsv(Buffer.from(`\ufeff${HEADER}`, 'utf16le')), /UTF-16/],
    [
      'semicolons',
      () => writeCsv(`${HEADER.replaceAll(',', ';')}\n1;2\n`),
      /separated by semicolons; commas are expected/,
    ],
    ['tabs', () => writeCsv(`${HEADER.replaceAll(',', '\t')}\n1\t2\n`), /separated by tabs/],
    ['a 100 kB first line', () => writeCsv('x'.repeat(100_000)), /first line of more than 10000 bytes/],
    [
      'another table',
      () => writeCsv('name,price\napple,1\n'),
      /is no data set that is known here: its header is "name, price"/,
    ],
  ])('refuses %s with what, where and what to do', async (_what, make, message) => {
    const path = make();
    await expect(openCsv(path, LIMITS)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
    await expect(openCsv(path, LIMITS)).rejects.toThrow(path);
  });

  it('names the columns that a near data set misses, and what they may be called', async () => {
    const header = HEADER.replace('track_popularity', 'track_popularty');
    await expect(openCsv(writeCsv(`${header}\n`), LIMITS)).rejects.toThrow(
      /misses track_popularity \(is it "track_popularty"\?\)/,
    );
  });
});

describe('rows', () => {
  it('are numbered from 1, with the line they begin at, and cells as they stand', async () => {
    const rows = await readAll(
      `${HEADER}\n${rowOf('a', { tempo: '1.35e-6', track_name: '"Hey, ""you"""' })}\n\n${rowOf('b')}`,
    );
    expect(rows.map(({ row, line }) => [row, line])).toEqual([
      [1, 2],
      [2, 4],
    ]);
    expect(rows[0]).toMatchObject({ cells: { tempo: '1.35e-6', track_name: 'Hey, "you"' } });
  });

  it('may hold line breaks within quotes', async () => {
    const rows = await readAll(`${HEADER}\n${rowOf('a', { track_name: '"two\nlines"' })}\n${rowOf('b')}\n`);
    expect(idsOf(rows)).toEqual(['a', 'b']);
    expect(rows[0]).toMatchObject({ cells: { track_name: 'two\nlines' } });
  });

  it('survive a stray quote: one row is lost, the rest are read', async () => {
    const good = Array.from({ length: 50 }, (_, at) => rowOf(`r${at}`));
    const rows = await readAll(
      [HEADER, ...good.slice(0, 10), rowOf('bad', { track_name: '"never closed' }), ...good.slice(10)].join(
        '\n',
      ),
    );
    expect(idsOf(rows).filter((id) => id?.startsWith('!'))).toHaveLength(1);
    expect(idsOf(rows).filter((id) => id?.startsWith('r'))).toEqual(good.map((_, at) => `r${at}`));
  });

  it('with a wrong number of cells are set aside with the reason', async () => {
    const rows = await readAll(
      `${HEADER}\n${rowOf('a')}\nonly,three,cells\n${rowOf('b')},one more\n${rowOf('c')}\n`,
    );
    expect(idsOf(rows)).toEqual([
      'a',
      '! it has 3 cells instead of 23',
      '! it has 24 cells instead of 23',
      'c',
    ]);
    expect(rows[1]).toMatchObject({ row: 2, line: 3, text: 'only,three,cells' });
  });

  it('that end with the file in the middle are set aside', async () => {
    const rows = await readAll(`${HEADER}\n${rowOf('a')}\n${rowOf('b').slice(0, 20)}`);
    expect(idsOf(rows)[1]).toMatch(/^! it has \d+ cells instead of 23; the file may have been cut off here$/);
    const quoted = await readAll(`${HEADER}\n${rowOf('a')}\nb,"cut in the mid`);
    expect(idsOf(quoted)[1]).toBe('! a quote is opened and not closed; the file may have been cut off here');
  });

  it('that are not UTF-8 are set aside and never half-read', async () => {
    const latin = Buffer.concat([
      Buffer.from(`${HEADER}\n`),
      Buffer.from(`${rowOf('caf\u00e9')}\n`, 'latin1'),
      Buffer.from(`${rowOf('b')}\n`),
    ]);
    expect(idsOf(await readAll(latin))).toEqual([expect.stringMatching(/^! the line is not UTF-8/), 'b']);
  });

  it('longer than a line may be are set aside without being held', async () => {
    const rows = await readAll(`${HEADER}\n${rowOf('a')}\n${'x'.repeat(2_000_000)}\n${rowOf('b')}\n`);
    expect(idsOf(rows)).toEqual(['a', '! the line has 2000000 bytes; at most 10000 are read', 'b']);
  });

  it('come back as they were written, whatever the cells hold', async () => {
    const seed = 20261120;
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '🎸', ',', '"', '\n', ' ', ';', "'", '\t'),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: COLUMNS.length, maxLength: COLUMNS.length }), {
          minLength: 1,
          maxLength: 5,
        }),
        async (table) => {
          const rows = await readAll(stringify([[...COLUMNS], ...table]));
          expect(
            rows.map((row) => ('cells' in row ? COLUMNS.map((name) => row.cells[name]) : row.reason)),
          ).toEqual(table);
        },
      ),
      { seed, numRuns: 60 },
    );
  });
});

describe.skipIf(REAL_CSV === null)('the real data set', () => {
  it('has 32,833 rows and none is set aside', async () => {
    let rows = 0;
    let rejected = 0;
    for await (const row of (await openCsv(REAL_CSV ?? '', { maxLineBytes: 1_000_000 })).rows()) {
      rows += 1;
      if ('reason' in row) rejected += 1;
    }
    expect([rows, rejected]).toEqual([32_833, 0]);
  });
});

it('a folder named like a file is still a folder', async () => {
  const path = join(makeTempFolder(), 'songs.csv');
  mkdirSync(path);
  await expect(openCsv(path, LIMITS)).rejects.toThrow(/is a folder/);
});
