import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SERVING_FILES, SERVING_FORMAT } from '../../../src/store/serving/layout.ts';
import { type OpenServing, openServing } from '../../../src/store/serving/open.ts';
import { openServingIndex } from '../../../src/store/serving/serving-index.ts';
import { artifactFolder } from '../../../src/store/snapshots/artifact.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { createGoldFixture, type GoldFixture } from '../../fixtures/gold.ts';
import { createKeptLog } from '../../fixtures/quiet-log.ts';

// Each opens two engines or servers, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let fixture: GoldFixture;
let folder: string;
beforeEach(async () => {
  fixture = await createGoldFixture({
    artists: [{ artist_id: 'a1', name: 'Rush' }],
    tracks: [
      { track_id: 't1', popularity: 1, artists: ['a1'] },
      { track_id: 't2', popularity: 9 },
    ],
  });
  folder = artifactFolder(fixture.dataDir, fixture.manifest.id, 'serving');
});
afterEach(() => fixture.remove());

async function open(
  manifest: Manifest = fixture.manifest,
): Promise<{ opened: OpenServing; lines: string[] }> {
  const { log, lines } = createKeptLog();
  const { dataDir } = fixture;
  const opened = openServing({
    manifest,
    dataDir,
    log,
    tempDir: join(dataDir, 'tmp'),
    memoryMb: 128,
    tempMaxMb: 64,
  });
  expect(opened.current()).toBeNull();
  await opened.settled;
  return { opened, lines };
}

const NAMES = Object.values(SERVING_FILES);

/** The manifest as it is once the index has been published with it. */
async function seal(names: readonly string[] = NAMES): Promise<Manifest> {
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { path: `artifacts/${fixture.manifest.id}/serving/${name}`, bytes: bytes.length, sha256 };
    }),
  );
  return { ...fixture.manifest, artifacts: [{ name: 'serving', builtFor: fixture.manifest.id, files }] };
}

const firstTrack = (opened: OpenServing) =>
  opened.current()?.findByIds({ entity: 'tracks', alias: 't', columns: 't.rank, t.track_id' }, ['t2'])[0];

describe('openServing', () => {
  it('builds an index that a snapshot lacks, and says so', async () => {
    const { opened, lines } = await open();
    expect(firstTrack(opened)).toEqual({ rank: 1, track_id: 't2' });
    expect(lines.join('\n')).toMatch(/was never built: it is built anew/);
    await opened.close();
    expect(opened.current()).toBeNull();
  });

  it('opens what was published without a word', async () => {
    await (await open()).opened.close();
    const { opened, lines } = await open(await seal());
    expect(firstTrack(opened)).toEqual({ rank: 1, track_id: 't2' });
    expect(lines).toEqual([]);
    await opened.close();
  });

  it.each(
    NAMES.flatMap((name) => [
      [name, 'gone', (path: string) => rm(path), /is missing/] as const,
      [name, 'cut', (path: string) => truncate(path, 4_096), /is not what was published/] as const,
      [name, 'changed', (path: string) => writeFile(path, 'nonsense'), /is not what was published/] as const,
    ]),
  )('builds all anew where %s is %s, the same to the bit', async (name, _what, harm, message) => {
    await (await open()).opened.close();
    const sealed = await seal();
    await harm(join(folder, name));
    const { opened, lines } = await open(sealed);
    expect(lines.join('\n')).toMatch(message);
    expect(firstTrack(opened)).toEqual({ rank: 1, track_id: 't2' });
    expect(await seal()).toEqual(sealed);
    await opened.close();
  });

  it('builds an index of one file anew, as it was published before', async () => {
    await (await open()).opened.close();
    const sealed = await seal([SERVING_FILES.rows]);
    await rm(join(folder, SERVING_FILES.links));
    await rm(join(folder, 'rebuilt.json'));
    const { opened, lines } = await open(sealed);
    expect(lines.join('\n')).toMatch(/is missing: it is built anew/);
    expect(firstTrack(opened)).toEqual({ rank: 1, track_id: 't2' });
    await opened.close();
  });

  it('opens what it has built before, without building it again', async () => {
    await (await open()).opened.close();
    const { opened, lines } = await open();
    expect(lines).toEqual([]);
    expect(firstTrack(opened)).toEqual({ rank: 1, track_id: 't2' });
    await opened.close();
    // Another version may build another file than the one that was published.
    const { artifacts, ...manifest } = await seal();
    const published = artifacts.map((artifact) => ({
      ...artifact,
      files: artifact.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })),
    }));
    expect((await open({ ...manifest, artifacts: published })).lines).toEqual([]);
    await writeFile(join(folder, SERVING_FILES.links), 'nonsense');
    const third = await open({ ...manifest, artifacts: published });
    expect(third.lines.join('\n')).toMatch(/is not what was published/);
    expect(firstTrack(third.opened)).toEqual({ rank: 1, track_id: 't2' });
    await third.opened.close();
  });

  it('leaves nothing but the index and what says that it is whole', async () => {
    await (await open()).opened.close();
    const artifact = join(fixture.dataDir, 'artifacts', fixture.manifest.id);
    expect(readdirSync(artifact)).toEqual(['serving']);
    expect(readdirSync(join(artifact, 'serving')).sort()).toEqual([...NAMES, 'rebuilt.json'].sort());
  });

  it('goes on without an index when it cannot be built', async () => {
    const relations = fixture.manifest.relations.filter(({ name }) => name !== 'track_artists');
    const { opened, lines } = await open({ ...fixture.manifest, relations });
    expect(opened.current()).toBeNull();
    expect(lines.join('\n')).toMatch(/could not be built; answers are slower/);
    expect(existsSync(folder)).toBe(false);
    await opened.close();
  });

  it('builds files of another format anew, though they are what was written', async () => {
    await (await open()).opened.close();
    for (const name of NAMES) {
      const file = new DatabaseSync(join(folder, name));
      file.exec('pragma user_version = 1');
      file.close();
    }
    const { opened, lines } = await open(await seal());
    expect(lines.join('\n')).toContain(`has format 1, not ${SERVING_FORMAT}: it is built anew`);
    expect(opened.current()).not.toBeNull();
    await opened.close();
  });

  it('can be closed while it builds', async () => {
    const { log } = createKeptLog();
    const { manifest, dataDir } = fixture;
    const opened = openServing({
      manifest,
      dataDir,
      log,
      tempDir: join(dataDir, 'tmp'),
      memoryMb: 128,
      tempMaxMb: 64,
    });
    await opened.close();
    expect(opened.current()).toBeNull();
  });

  it('can be closed at any moment of a building, and leaves the process and no file', async () => {
    const many = await createGoldFixture({
      tracks: Array.from({ length: 1_000 }, (_, at) => ({ track_id: `t${at}`, name: `name ${at}` })),
    });
    onTestFinished(() => many.remove());
    const folder = artifactFolder(many.dataDir, many.manifest.id, 'serving');
    // The engine took the process along wherever one of its statements was under way.
    for (let ms = 0; ms <= 600 && !existsSync(folder); ms += 100) {
      const { log, lines } = createKeptLog();
      const opened = openServing({
        manifest: many.manifest,
        dataDir: many.dataDir,
        log,
        tempDir: join(many.dataDir, 'tmp'),
        memoryMb: 128,
        tempMaxMb: 64,
      });
      await new Promise((resolve) => setTimeout(resolve, ms));
      await opened.close();
      expect(lines.join('\n')).not.toMatch(/could not/);
      // On a busy machine it is closed before it has a folder.
      const left = existsSync(dirname(folder)) ? readdirSync(dirname(folder)) : [];
      expect(left.filter((name) => name !== basename(folder))).toEqual([]);
    }
  });
});

describe('openServingIndex', () => {
  it('refuses a file of another format', async () => {
    const { opened } = await open();
    await opened.close();
    const path = join(folder, SERVING_FILES.rows);
    const file = new DatabaseSync(path);
    file.exec('pragma user_version = 99');
    file.close();
    expect(() => openServingIndex(path)).toThrow(`format 99; ${SERVING_FORMAT} is expected`);
  });
});
