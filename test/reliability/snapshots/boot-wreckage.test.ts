// Folders as bad days leave them, and what a server makes of each: it starts, serves the last whole snapshot, and says what was wrong.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { startGroovelake } from '../../../src/server.ts';
import { ARTIST, crawlAndPublish } from '../../fixtures/two-crawls.ts';

let base: string;
const ids: string[] = [];

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  const config = readConfig({ GROOVELAKE_DATA_DIR: base });
  for (const n of [0, 1] as const) ids.push((await crawlAndPublish(config, n)).snapshotId);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Case {
  readonly name: string;
  readonly wreck: (dataDir: string) => void;
  /** 0: the older snapshot is served, 1: the newer one. */
  readonly serves: 0 | 1;
  /** What health gives as its reason; null: it is ready. */
  readonly reason: RegExp | null;
}

const manifestOf = (dataDir: string, n: number) => join(dataDir, 'snapshots', `${ids[n]}.json`);
const ofNewest = (dataDir: string, relation: string) => {
  const manifest = JSON.parse(readFileSync(manifestOf(dataDir, 1), 'utf8'));
  const found = manifest.relations.find(
    (each: { layer: string; name: string }) => `${each.layer}.${each.name}` === relation,
  );
  return join(dataDir, found.files.at(-1).path);
};

const CASES: readonly Case[] = [
  { name: 'nothing wrong', wreck: () => {}, serves: 1, reason: null },
  {
    name: 'CURRENT is gone',
    wreck: (dataDir) => rmSync(join(dataDir, 'CURRENT')),
    serves: 1,
    reason: /CURRENT is missing; serving the newest whole snapshot/,
  },
  {
    name: 'CURRENT is empty',
    wreck: (dataDir) => truncateSync(join(dataDir, 'CURRENT'), 0),
    serves: 1,
    reason: /CURRENT is damaged/,
  },
  {
    name: 'CURRENT names a snapshot that is not there',
    wreck: (dataDir) =>
      writeFileSync(
        join(dataDir, 'CURRENT'),
        '{"snapshotId":"20990101-000000000-abcdef","manifestSha256":"00"}',
      ),
    serves: 1,
    reason: /the manifest of 20990101-000000000-abcdef is missing/,
  },
  {
    name: 'half a manifest',
    wreck: (dataDir) => truncateSync(manifestOf(dataDir, 1), 500),
    serves: 0,
    reason: /not what was published/,
  },
  {
    name: 'a file of gold is gone',
    wreck: (dataDir) => rmSync(ofNewest(dataDir, 'gold.artists')),
    serves: 0,
    reason: /gold\/artists\/.* is missing/,
  },
  {
    name: 'a file of gold is cut',
    wreck: (dataDir) => truncateSync(ofNewest(dataDir, 'gold.artists'), 100),
    serves: 0,
    reason: /has 100 bytes instead of/,
  },
  {
    name: 'litter of a candidate that died',
    wreck: (dataDir) => {
      writeFileSync(join(dataDir, 'gold/artists/.20990101-000000000-abcdef.part'), 'PAR1');
      writeFileSync(join(dataDir, 'gold/artists/_delta_log/00000000000000000099.json'), '{"add":');
      writeFileSync(join(dataDir, `snapshots/.${ids[1]}.json.77.part`), '{');
      mkdirSync(join(dataDir, 'artifacts/20990101-000000000-abcdef/similarity'), { recursive: true });
    },
    serves: 1,
    reason: null,
  },
  {
    name: 'files that say they come from the future',
    wreck: (dataDir) => {
      const future = new Date(Date.now() + 365 * 86_400_000);
      for (const name of readdirSync(join(dataDir, 'snapshots')))
        utimesSync(join(dataDir, 'snapshots', name), future, future);
      utimesSync(join(dataDir, 'CURRENT'), future, future);
    },
    serves: 1,
    reason: null,
  },
];

describe('a server that boots on', () => {
  it.each(CASES)('$name', async ({ wreck, serves, reason }) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    const logged: string[] = [];
    const log = createLog({
      level: 'info',
      format: 'json',
      write: (line) => void logged.push(line),
      now: () => Date.now(),
    });
    cpSync(base, dataDir, { recursive: true });
    wreck(dataDir);
    const server = await startGroovelake(readConfig({ GROOVELAKE_DATA_DIR: dataDir, PORT: '0' }), { log });
    try {
      const health = await (await fetch(`${server.url}/health/ready`)).json();
      expect(health.snapshot.id).toBe(ids[serves]);
      expect(health.status).toBe(reason ? 'degraded' : 'ready');
      if (reason) {
        expect(JSON.stringify(health.reasons)).toMatch(reason);
        expect(logged.join('\n')).toMatch(reason);
      }
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ artist(id: "${ARTIST}") { popularity } }` }),
      });
      expect((await response.json()).data).toEqual({ artist: { popularity: 80 + serves } });
    } finally {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
