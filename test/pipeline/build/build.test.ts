import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silverStep } from '../../../src/pipeline/build/build.ts';
import { type BuildSession, setBuildSession } from '../../../src/pipeline/build/build-session.ts';
import { orderRelations } from '../../../src/pipeline/build/relations.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Silver over staging, each relation reading that of its name, two at a time; `begin` is told of each, and waited for. */
async function openSilver(begin: (name: string) => Promise<void>) {
  const db = await openMemoryDb(2);
  onTestFinished(() => db.close());
  await db.run(
    'create schema staging; create table staging.tracks (id int); create table staging.albums (id int)',
  );
  const relations = orderRelations(
    ['tracks', 'albums'].flatMap((name) => [
      { layer: 'staging' as const, name, sql: 'select id from bronze.documents' },
      { layer: 'silver' as const, name, sql: `select id from staging.${name}` },
    ]),
  );
  const dataDir = makeTempFolder();
  const events: string[] = [];
  const values = new Map<string, unknown>();
  const context = {
    config: { dataDir, buildSliceRows: 1_000 },
    signal: new AbortController().signal,
    scope: {
      get: (key: string) => values.get(key),
      set: (key: string, value: unknown) => values.set(key, value),
    },
    progress: () => {},
    event: (_level: string, _type: string, message: string) => events.push(message),
  } as unknown as StepContext;
  setBuildSession(context, {
    db,
    atOnce: 2,
    threads: 1,
    batches: [],
    plan: { how: 'FULL', why: 'a test' },
    staging: {
      stop: async () => {},
      write: async ({ name }: { name: string }) => {
        await begin(`staging.${name}`);
        events.push(`staging.${name}`);
      },
    },
    candidate: {
      writeRelation: async (_db: unknown, { name, select }: { name: string; select: string }) => {
        events.push(`silver.${name}`);
        await begin(`silver.${name}`);
        const path = `${name}.parquet`;
        await db.run(`copy (${select}) to '${join(dataDir, path)}' (format parquet)`);
        return { layer: 'silver', name, rows: 0, files: [{ path, rows: 0 }], columns: [] };
      },
    },
    lakehouse: { relations },
    relations: [],
    foundAhead: new Map(),
    shown: new Map(),
    stagingFolder: dataDir,
  } as unknown as BuildSession);
  return { context, events };
}

describe('silverStep', () => {
  it('builds what reads documents that are typed while others still are', async () => {
    const isBuilt = Promise.withResolvers<void>();
    const { context, events } = await openSilver(async (name) => {
      if (name === 'staging.tracks') await isBuilt.promise;
      if (name === 'silver.albums') isBuilt.resolve();
    });
    await silverStep.run(context);
    expect(events).toEqual(['staging.albums', 'silver.albums', 'staging.tracks', 'silver.tracks']);
  });

  it('says which relation of staging could not be typed', async () => {
    const { context, events } = await openSilver(async (name) => {
      if (name === 'staging.tracks') throw new Error('no such luck');
    });
    await expect(silverStep.run(context)).rejects.toThrow(
      '"staging.tracks" could not be built: no such luck',
    );
    expect(events).toContain('staging.tracks could not be built');
    expect(events).not.toContain('silver.tracks');
  });
});
