// Figures made from numbers of tracks: what lists call things, and what is kept of an answer.
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import {
  emptyFolder,
  hasFolder,
  listeningFolder,
  removeFolder,
} from '../../../src/store/listening/accounts.ts';
import { type Listening, openListening } from '../../../src/store/listening/open.ts';
import type { Span } from '../../../src/store/listening/span.ts';
import { readTaste, readTempo } from '../../../src/store/listening/stats/taste.ts';
import { readTop } from '../../../src/store/listening/stats/tops.ts';
import { readTotals } from '../../../src/store/listening/stats/totals.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

const ALL: Span = { from: null, to: null, timeZone: 'UTC' };
const SEED = 20_261_127;
const id = (name: string) => name.padEnd(22, '0');
const day = (at: number) => Date.UTC(2024, 4, at, 12);

describe('taste', () => {
  it('is measured against the means of the catalogue that statistics say, to the bit', async () => {
    const random = seededRandomness(SEED);
    console.log(`taste: seed ${SEED}`);
    const energies = Array.from({ length: 3_000 }, () => Math.floor(random.next() * 10_000));
    const { listening } = await openListeningFixture([makePlay({ trackId: id('t0') })], {
      tracks: energies.map((units, at) => ({ track_id: id(`t${at}`), energy: units / 10_000 })),
    });
    const energy = (await readTaste(listening, ALL)).find(({ feature }) => feature === 'energy');
    expect(energy?.catalogue).toBe(
      energies.reduce((sum, units) => sum + units, 0) / (10_000 * energies.length),
    );
  });
});

describe('top lists', () => {
  it('call a track that has several names by the most played one, and count it once', async () => {
    const trackId = id('limelight');
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: day(1), trackId, trackName: 'Limelight (Live)' }),
      makePlay({ endedAt: day(2), trackId, trackName: 'Limelight' }),
      makePlay({ endedAt: day(3), trackId, trackName: 'Limelight' }),
    ]);
    expect(await readTop(listening, ALL, { of: 'TRACK', by: 'PLAYS', first: 5 })).toEqual([
      { rank: 1, id: trackId, name: 'Limelight', artistName: 'Rush', plays: 3, minutes: 9 },
    ]);
    expect(await readTotals(listening, ALL)).toMatchObject({ tracks: 1, newTracks: 1 });
  });

  it('keep apart tracks, albums and artists that only have a name', async () => {
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: day(1), trackName: 'Intro', artistName: 'Rush', albumName: 'Live' }),
      makePlay({ endedAt: day(2), trackName: 'Intro', artistName: 'Yes', albumName: 'Live' }),
      makePlay({ endedAt: day(3), trackName: 'Intro', artistName: 'Yes', albumName: null }),
    ]);
    const names = async (of: 'TRACK' | 'ALBUM' | 'ARTIST') =>
      (await readTop(listening, ALL, { of, by: 'PLAYS', first: 5 })).map((item) => [
        item.id,
        item.name,
        item.artistName,
        item.plays,
      ]);
    expect(await names('TRACK')).toEqual([
      [null, 'Intro', 'Yes', 2],
      [null, 'Intro', 'Rush', 1],
    ]);
    expect(await names('ARTIST')).toEqual([
      [null, 'Yes', null, 2],
      [null, 'Rush', null, 1],
    ]);
    expect((await names('ALBUM')).map(([, name, artist]) => [name, artist])).toEqual([
      ['Live', 'Yes'],
      ['Live', 'Rush'],
    ]);
  });

  it('find the artist of a play without an id by the name, and a track of two artists counts for each', async () => {
    const [rush, yes] = [id('rush'), id('yes')];
    const { listening } = await openListeningFixture(
      [
        makePlay({ endedAt: day(1), trackId: id('duet'), trackName: 'Duet', artistName: 'Yes' }),
        makePlay({ endedAt: day(2), trackName: 'Unknown', artistName: ' RUSH' }),
      ],
      {
        artists: [
          { artist_id: rush, name: 'Rush' },
          { artist_id: yes, name: 'Yes' },
        ],
        tracks: [{ track_id: id('duet'), name: 'Duet', artists: [yes, rush] }],
      },
    );
    const top = await readTop(listening, ALL, { of: 'ARTIST', by: 'PLAYS', first: 5 });
    expect(top.map((item) => [item.rank, item.id, item.name, item.plays])).toEqual([
      [1, rush, 'Rush', 2],
      [2, yes, 'Yes', 1],
    ]);
  });

  it('cut equals by name, each with the rank they share', async () => {
    const { listening } = await openListeningFixture(
      ['C', 'A', 'B', 'D'].map((trackName, at) => makePlay({ endedAt: day(at + 1), trackName })),
    );
    const top = await readTop(listening, ALL, { of: 'TRACK', by: 'PLAYS', first: 2 });
    expect(top.map(({ rank, name }) => [rank, name])).toEqual([
      [1, 'A'],
      [1, 'B'],
    ]);
  });
});

describe('an answer', () => {
  it('is remembered as long as the account is open, unless it is a long list', async () => {
    const { listening } = await openListeningFixture([makePlay({})]);
    let asked = 0;
    const short = () => listening.figure('short', ALL, () => ++asked);
    expect([await short(), await short()]).toEqual([1, 1]);
    const long = () => listening.figure('long', ALL, () => [++asked, ...Array(400)]);
    expect([(await long())[0], (await long())[0]]).toEqual([2, 3]);
  });

  it('is not remembered when it failed, nor asked for by a request that is over', async () => {
    const { listening, open } = await openListeningFixture([makePlay({})]);
    const over = open.forRequest(AbortSignal.abort());
    await expect(over.figure('count', ALL, () => 1)).rejects.toThrow(/was cancelled/);
    const failing = () => {
      throw new Error('once');
    };
    await expect(listening.figure('count', ALL, failing)).rejects.toThrow('once');
    expect(await listening.figure('count', ALL, ({ plays }) => plays.count)).toBe(1);
  });
});

describe('what figures are made of', () => {
  const plays = () => [
    makePlay({ endedAt: day(1), trackId: id('limelight'), isSkipped: true }),
    makePlay({ endedAt: day(2), trackName: 'Étude', artistName: 'Yes', msPlayed: 5_000 }),
  ];
  const gold = {
    artists: [{ artist_id: id('rush'), name: 'Rush', genres: ['prog'] }],
    tracks: [{ track_id: id('limelight'), name: 'Limelight', artists: [id('rush')], tempo: 140 }],
  };
  const ask = async ({ listening }: { listening: Listening }) => [
    await readTotals(listening, ALL),
    await readTop(listening, ALL, { of: 'ARTIST', by: 'MINUTES', first: 9 }),
    await readTop(listening, ALL, { of: 'GENRE', by: 'PLAYS', first: 9 }),
    await readTempo(listening, ALL),
  ];

  it('is written when plays are merged, and read without a statement', async () => {
    const { dataDir, accountId, derived, listening } = await openListeningFixture(plays(), gold);
    const folder = join(listeningFolder(dataDir, accountId), 'derived', derived.version);
    await rm(join(folder, 'plays.parquet'));
    expect(await readTotals(listening, ALL)).toMatchObject({ plays: 1, skippedShare: 1 });
  });

  it.each([
    'heard-plays.bin',
    'heard-tracks.bin',
  ])('is made anew where %s is missing, cut short or damaged', async (name) => {
    const whole = await ask(await openListeningFixture(plays(), gold));
    for (const spoil of [
      (path: string) => rm(path),
      (path: string) => truncate(path, 100),
      async (path: string) => {
        const bytes = await readFile(path);
        bytes.writeUInt8(255 - bytes.readUInt8(bytes.length - 9), bytes.length - 9);
        await writeFile(path, bytes);
      },
    ]) {
      const fixture = await openListeningFixture(plays(), gold);
      await spoil(
        join(listeningFolder(fixture.dataDir, fixture.accountId), 'derived', fixture.derived.version, name),
      );
      expect(await ask(fixture)).toEqual(whole);
    }
  });

  it('says what the catalogue of the snapshot says that is asked, not of that of the merge', async () => {
    const { dataDir, accountId, derived, manifest } = await openListeningFixture(plays(), gold);
    const open = openListening({
      folder: listeningFolder(dataDir, accountId),
      derived,
      manifest: { ...manifest, id: '20261121-120000-0001', relations: withoutGenres(manifest) },
      dataDir,
      config: readConfig({}),
      clock: systemClock,
    });
    const listening = open.forRequest(new AbortController().signal);
    expect(await readTotals(listening, ALL)).toMatchObject({ plays: 1, tracks: 1, artists: 1 });
    expect(await readTop(listening, ALL, { of: 'GENRE', by: 'PLAYS', first: 9 })).toEqual([]);
    await open.close();
    await expect(readTotals(listening, ALL)).rejects.toThrow(/There is no listening of account/);
  });

  it('is told to be gone with an account that was forgotten before it was read, and no folder comes again', async () => {
    for (const isNoticed of [true, false]) {
      const { dataDir, accountId, open, listening } = await openListeningFixture(plays(), gold);
      await emptyFolder(dataDir, accountId);
      await removeFolder(dataDir, accountId);
      const asked = [
        readTotals(listening, ALL).catch((error) => error),
        listening.all('select 1 as one').catch((error) => error),
      ];
      if (isNoticed) await open.close();
      for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ code: 'NOT_FOUND' });
      expect(await hasFolder(dataDir, accountId)).toBe(false);
    }
  });

  it('opens no database for an account that was closed while its arrays were read', async () => {
    const { dataDir, accountId, derived, open, listening } = await openListeningFixture(plays(), gold);
    const folder = listeningFolder(dataDir, accountId);
    await rm(join(folder, 'derived', derived.version, 'heard-plays.bin'));
    const asked = readTotals(listening, ALL).catch((error) => error);
    await open.close();
    expect(await asked).toMatchObject({ code: 'NOT_FOUND' });
    expect(await localFiles.list(folder)).not.toContain('tmp');
  });
});

const withoutGenres = ({ relations }: Manifest) =>
  relations.map((relation) => (relation.name === 'track_genres' ? { ...relation, files: [] } : relation));
