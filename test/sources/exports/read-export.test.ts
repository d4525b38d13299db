import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ExportLimits,
  type ExportRow,
  looksLikeExport,
  openListeningExport,
  readRows,
} from '../../../src/sources/exports/read-export.ts';
import { writeFolder, writeZip } from './export-files.ts';
import { extendedRow, oldRow, shortRow, TRACK } from './export-rows.ts';

const NOW = Date.UTC(2026, 10, 26);
const LIMITS: ExportLimits = { maxBytes: 10_000_000, maxEntries: 100, maxRowBytes: 100_000 };

async function read(path: string): Promise<ExportRow[]> {
  const found = await openListeningExport(path, LIMITS);
  const rows: ExportRow[] = [];
  try {
    for (const file of found.files)
      for await (const row of readRows(file, { maxRowBytes: 100_000, now: NOW })) rows.push(row);
  } finally {
    found.close();
  }
  return rows;
}

const readOne = async (row: unknown, name = 'Streaming_History_Audio_2023_1.json') =>
  (await read(writeFolder({ [name]: JSON.stringify([row]) })))[0];

describe('an export', () => {
  const files = {
    'Spotify Extended Streaming History/Streaming_History_Audio_2023_1.json': JSON.stringify([extendedRow()]),
    'Spotify Extended Streaming History/ReadMeFirst.pdf': '%PDF',
    'MyData/endsong_0.json': JSON.stringify([oldRow({ ts: '2019-01-01T00:00:00Z' })]),
    'MyData/StreamingHistory_music_0.json': JSON.stringify([shortRow()]),
    'MyData/Userdata.json': '{"email":"somebody@example.com"}',
  };

  it('is read alike from a folder and from a ZIP file, other files left alone', async () => {
    const fromFolder = await read(writeFolder(files));
    expect(fromFolder.map((row) => row.kind)).toEqual(['PLAY', 'PLAY', 'PLAY']);
    expect(await read(await writeZip(files))).toEqual(fromFolder);
  });

  it('is told from a data set', async () => {
    expect(await looksLikeExport(writeFolder(files))).toBe(true);
    expect(await looksLikeExport(await writeZip(files))).toBe(true);
    expect(await looksLikeExport(writeFolder({ 'songs.csv': 'a,b' }))).toBe(false);
    const other = writeFolder({
      'plays.json': JSON.stringify([shortRow()]),
      'package.json': '{"ts":1}',
      'empty.json': '[]',
    });
    for (const [name, is] of Object.entries({
      'plays.json': true,
      'empty.json': true,
      'package.json': false,
    }))
      expect([name, await looksLikeExport(join(other, name))]).toEqual([name, is]);
  });

  it('without listening history is refused, naming what is expected', async () => {
    await expect(openListeningExport(writeFolder({ 'Userdata.json': '{}' }), LIMITS)).rejects.toThrow(
      /holds no listening history; files like Streaming_History_Audio/,
    );
  });

  it('that unpacks to more than is allowed is refused before anything is unpacked', async () => {
    const path = await writeZip({ 'endsong_0.json': ' '.repeat(50_000) });
    await expect(openListeningExport(path, { ...LIMITS, maxBytes: 10_000 })).rejects.toThrow(
      /unpacks to 50000 bytes; at most 10000/,
    );
  });

  it('of more bytes or files than is allowed is refused as a folder or a single file too', async () => {
    const folder = writeFolder({ 'endsong_0.json': ' '.repeat(8_000), 'endsong_1.json': ' '.repeat(8_000) });
    const limits = { ...LIMITS, maxBytes: 10_000 };
    await expect(openListeningExport(folder, limits)).rejects.toThrow(
      /holds 16000 bytes; at most 10000 are read. Raise GROOVELAKE_HISTORY_MAX_BYTES/,
    );
    await expect(openListeningExport(folder, { ...LIMITS, maxEntries: 1 })).rejects.toThrow(
      /more than 1 files/,
    );
    const file = join(folder, 'endsong_0.json');
    await expect(openListeningExport(file, { ...LIMITS, maxBytes: 7_999 })).rejects.toThrow(
      /holds 8000 bytes/,
    );
    (await openListeningExport(file, limits)).close();
  });

  it('whose ZIP file is cut off is refused', async () => {
    const path = await writeZip(files);
    writeFileSync(path, readFileSync(path).subarray(0, -40));
    await expect(openListeningExport(path, LIMITS)).rejects.toThrow(/is no whole ZIP archive/);
  });

  it('whose file is damaged within a whole ZIP file says so', async () => {
    const path = await writeZip({
      'endsong_0.json': JSON.stringify(Array.from({ length: 200 }, () => oldRow())),
    });
    const bytes = readFileSync(path);
    bytes.fill(0x55, 60, 120);
    writeFileSync(path, bytes);
    await expect(read(path)).rejects.toThrow(/is damaged in "endsong_0.json"/);
  });
});

describe('a row of an export', () => {
  it('of the extended history is a play, without what is personal beyond it', async () => {
    const row = await readOne(extendedRow());
    expect(row).toEqual({
      kind: 'PLAY',
      user: null,
      play: {
        key: expect.stringMatching(/^[\w-]{22}$/),
        origin: 'EXTENDED',
        endedAt: Date.UTC(2023, 4, 1, 10),
        msPlayed: 180_000,
        trackId: TRACK,
        trackName: 'Limelight',
        artistName: 'Rush',
        albumName: 'Moving Pictures',
        platform: 'android',
        country: 'DE',
        reasonStart: 'trackdone',
        reasonEnd: 'fwdbtn',
        isShuffle: false,
        isSkipped: true,
        isOffline: false,
        isIncognito: false,
      },
    });
    expect(JSON.stringify([row, await readOne(oldRow())])).not.toMatch(
      /203\.0\.113|Mozilla|somebody|samsung/,
    );
  });

  it('that comes twice has the same key, another platform has another', async () => {
    const keyOf = async (about: object) =>
      ((await readOne(extendedRow({ ...about }))) as { play: { key: string } }).play.key;
    expect(await keyOf({ reason_end: 'logout', ip_addr: '198.51.100.1' })).toBe(await keyOf({}));
    expect(await keyOf({ platform: 'ios' })).not.toBe(await keyOf({}));
  });

  it.each([
    [
      'an episode',
      extendedRow({ spotify_episode_uri: 'spotify:episode:x', episode_name: 'One', spotify_track_uri: null }),
      'PODCAST',
    ],
    ['an audiobook', extendedRow({ audiobook_uri: 'spotify:show:x', spotify_track_uri: null }), 'AUDIOBOOK'],
    ['an episode of the short history', { ...shortRow(), podcastName: 'P', episodeName: 'E' }, 'PODCAST'],
    [
      'a removed track whose names are null',
      extendedRow({ master_metadata_track_name: null, spotify_track_uri: null }),
      'REJECTED',
    ],
    ['a play of no time at all', extendedRow({ ms_played: 0 }), 'PLAY'],
    ['a local file', extendedRow({ spotify_track_uri: 'spotify:local:a:b:c:1' }), 'PLAY'],
    ['a play in the future', extendedRow({ ts: '2027-01-01T00:00:00Z' }), 'REJECTED'],
    ['a play of a clock gone wrong', extendedRow({ ts: '1970-01-01T00:00:00Z' }), 'REJECTED'],
    ['a time that is none', extendedRow({ ts: '2023-13-01T00:00:00Z' }), 'REJECTED'],
    ['a negative time', extendedRow({ ms_played: -1 }), 'REJECTED'],
    ['an unknown track', shortRow({ artistName: 'Unknown Artist', trackName: 'Unknown Track' }), 'REJECTED'],
    ['something else', { hello: 'world' }, 'REJECTED'],
  ])('that is %s is told apart', async (_what, row, kind) => {
    expect((await readOne(row))?.kind).toBe(kind);
  });

  it.each([
    ['skipped', null],
    ['skipped', undefined],
    ['shuffle', 'yes'],
  ])('whose %s is %s does not say', async (field, value) => {
    const row = (await readOne(extendedRow({ [field]: value }))) as unknown as {
      play: Record<string, unknown>;
    };
    expect(row.play[field === 'skipped' ? 'isSkipped' : 'isShuffle']).toBeNull();
  });

  it.each([
    1_682_935_000,
    1_682_935_000_000,
    0,
    1_682_935_000.5,
    null,
  ])('is a play whatever its offline_timestamp (%s)', async (offline_timestamp) => {
    expect((await readOne(extendedRow({ offline_timestamp, conn_country: 'ZZ' })))?.kind).toBe('PLAY');
  });

  it.each([
    ['breaks off', (text: string) => text.slice(0, -30), 'the file ends in the middle'],
    [
      'goes on with what is no row',
      (text: string) => text.replace('},{', '},X{'),
      /^byte \d+ does not belong/,
    ],
    ['is empty', () => '', 'the file is empty'],
  ])('of a file that %s leaves those before it, and the rest is no row', async (_what, damage, reason) => {
    const text = JSON.stringify([extendedRow(), extendedRow({ ts: '2023-05-02T10:00:00Z' })]);
    const rows = await read(writeFolder({ 'Streaming_History_Audio_2023_1.json': damage(text) }));
    expect(rows.slice(0, -1).map(({ kind }) => kind)).toEqual(damage(text) === '' ? [] : ['PLAY']);
    expect(rows.at(-1)).toEqual({ kind: 'UNREAD', reason: expect.stringMatching(reason) });
  });
});
