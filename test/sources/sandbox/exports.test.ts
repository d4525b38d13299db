import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openListeningExport, readRows } from '../../../src/sources/exports/read-export.ts';
import type { Play } from '../../../src/sources/exports/to-play.ts';
import { createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { EXPORT_EDITIONS, type ExportEdition, writeExport } from '../../../src/sources/sandbox/exports.ts';
import { createListener } from '../../../src/sources/sandbox/listener.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const SEED = 7;
const TO = Date.UTC(2026, 10, 26);
const FROM = TO - 60 * 86_400_000;
const catalogue = createCatalogue({ seed: SEED, artists: 40 });

async function readEdition(edition: ExportEdition): Promise<{ plays: Play[]; others: string[] }> {
  const folder = makeTempFolder();
  for (const { name, text } of writeExport(createListener(catalogue), {
    edition,
    from: FROM,
    to: TO,
    seed: SEED,
  })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const found = await openListeningExport(folder, { maxBytes: 1e9, maxEntries: 100, maxRowBytes: 100_000 });
  const plays: Play[] = [];
  const others: string[] = [];
  for (const file of found.files)
    for await (const row of readRows(file, { maxRowBytes: 100_000, now: TO }))
      if (row.kind === 'PLAY') plays.push(row.play);
      else others.push(row.kind);
  return { plays, others };
}

describe("the sandbox listener's export", () => {
  it.each(EXPORT_EDITIONS)('in the %s edition is one that an import reads whole', async (edition) => {
    const { plays, others } = await readEdition(edition);
    expect(plays.length).toBeGreaterThan(1_000);
    expect(new Set(others)).toEqual(new Set(['PODCAST']));
    expect(plays.every(({ trackId }) => (edition === 'short') === (trackId === null))).toBe(true);
  });

  it('tells the same plays in every edition', async () => {
    const [extended, old, short] = await Promise.all(EXPORT_EDITIONS.map(readEdition));
    const told = (plays: readonly Play[] = []) =>
      plays.map(
        ({ endedAt, msPlayed, trackName }) => `${Math.floor(endedAt / 60_000)} ${msPlayed} ${trackName}`,
      );
    expect(told(old?.plays)).toEqual(told(extended?.plays));
    expect(told(short?.plays)).toEqual(told(extended?.plays));
  });

  it('is the same at every writing', () => {
    const write = () => [
      ...writeExport(createListener(catalogue), { edition: 'extended', from: FROM, to: TO, seed: SEED }),
    ];
    expect(write()).toEqual(write());
  });
});
