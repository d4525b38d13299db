// groovelake snapshots: what is kept, going back to one of them, and removing what none of them needs.
import { systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { prepareDataDir, requireDataDir } from '../store/data-dir.ts';
import { fileOf } from '../store/landing/describe-batch.ts';
import type { Batch } from '../store/landing/landing-store.ts';
import { openAccessStore } from '../store/open-stores.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';
import { sweepOptions } from '../store/snapshots/sweep.ts';
import { parseWords } from './arguments.ts';
import { audited } from './audited.ts';
import type { Command, CommandParts } from './command.ts';
import { listLanded } from './landed.ts';
import { requireOwnFolder } from './local-only.ts';
import { withPublishLease } from './publish-lease.ts';
import type { Terminal } from './terminal.ts';
import { waitServed } from './wait-served.ts';

export const snapshotsCommand: Command = {
  run: runSnapshots,
};

async function runSnapshots({ words, config, terminal }: CommandParts): Promise<number> {
  const { values } = parseWords(words, 0, {
    json: { type: 'boolean' },
    sweep: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    rollback: { type: 'string' },
  });
  if (typeof values.rollback === 'string') {
    const input = `{ snapshotId: ${JSON.stringify(values.rollback)} }`;
    await requireOwnFolder(config, 'snapshots --rollback', `Ask it for rollbackSnapshot(input: ${input}).`);
  }
  await requireDataDir(config.dataDir);
  const store = createSnapshotStore({
    dataDir: config.dataDir,
    clock: systemClock,
    random: systemRandomness,
  });
  if (typeof values.rollback === 'string') {
    const id = values.rollback;
    const manifest = await rollback(store, config, id);
    const servedBy = await waitServed({ config, terminal });
    const named = `snapshot ${manifest.id}, published ${manifest.publishedAt}`;
    terminal.line(servedBy ? `The server at ${servedBy} serves ${named}` : `CURRENT names ${named}`);
    await warnOfNext(manifest, config, terminal);
    if (servedBy === undefined) return 1;
  } else if (values.sweep) await sweepSnapshots(store, config, terminal, values['dry-run'] === true);
  else await listSnapshots(store, terminal, values.json === true);
  return 0;
}

async function rollback(store: SnapshotStore, config: Config, snapshotId: string): Promise<Manifest> {
  await prepareDataDir(config.dataDir);
  const access = await openAccessStore(config);
  try {
    const change = { action: 'rollbackSnapshot', input: { snapshotId } };
    return await audited({ access, clock: systemClock }, change, () =>
      withPublishLease('groovelake snapshots --rollback', { config, clock: systemClock }, (lease) =>
        store.rollback(snapshotId, lease.confirm),
      ),
    );
  } finally {
    await access.close();
  }
}

const NAMED = 5;

/** What landed, or was withdrawn, is not undone: the next build takes it in or leaves it out again, though it may be what was gone back from. */
async function warnOfNext({ batches }: Manifest, config: Config, terminal: Terminal): Promise<void> {
  const next = 'groovelake: the next run that publishes';
  const missing = await listLanded(config, { statuses: ['SEALED'], notIds: batches });
  if (missing.length > 0)
    terminal.error(
      `${next} brings back what this snapshot lacks: ${nameNewest(missing)}. What is to stay out: groovelake batches withdraw ${missing.at(-1)?.id}`,
    );
  const withdrawn = await listLanded(config, { statuses: ['WITHDRAWN'], ids: batches });
  if (withdrawn.length > 0)
    terminal.error(
      `${next} leaves out what this snapshot holds and has been withdrawn: ${nameNewest(withdrawn)}. What is to stay: groovelake batches restore ${withdrawn.at(-1)?.id}`,
    );
}

/** @param batches oldest first */
function nameNewest(batches: readonly Batch[]): string {
  const named = batches
    .slice(-NAMED)
    .reverse()
    .map((batch) => {
      const file = fileOf(batch);
      return file ? `${batch.id} ("${file}")` : batch.id;
    });
  const more =
    batches.length > NAMED ? ` and ${batches.length - NAMED} more ("groovelake batches" lists them)` : '';
  return `${named.join(', ')}${more}`;
}

async function listSnapshots(store: SnapshotStore, terminal: Terminal, asJson: boolean): Promise<void> {
  const manifests = await store.listManifests();
  const current = await store.lookAtCurrent();
  for (const warning of current.warnings) terminal.error(`groovelake: ${warning}`);
  if (asJson) return terminal.line(JSON.stringify(manifests, null, 2));
  for (const manifest of manifests) terminal.line(describe(manifest, manifest.id === current.manifest?.id));
}

function describe(manifest: Manifest, isCurrent: boolean): string {
  const rows = (name: string) =>
    manifest.relations.find((relation) => relation.layer === 'gold' && relation.name === name)?.rows ?? 0;
  const warnings = manifest.checks.filter((check) => !check.passed).length;
  const counts = `${rows('tracks')} tracks, ${rows('albums')} albums, ${rows('artists')} artists`;
  return `${isCurrent ? '*' : ' '} ${manifest.id}  ${manifest.publishedAt}  ${counts}${warnings ? `, ${warnings} warnings` : ''}`;
}

async function sweepSnapshots(
  store: SnapshotStore,
  config: Config,
  terminal: Terminal,
  dryRun: boolean,
): Promise<void> {
  const work = () => store.sweep({ ...sweepOptions(config), dryRun });
  const { removed, bytes, waiting, blockedBy } = dryRun
    ? await work()
    : await withPublishLease('groovelake snapshots --sweep', { config, clock: systemClock }, work);
  if (blockedBy) {
    terminal.error(
      `groovelake: nothing is swept, as the manifest of "${blockedBy}" cannot be read and may name anything. Restore it, or remove its file.`,
    );
  }
  for (const path of removed) terminal.line(`  ${path}`);
  const verb = dryRun ? 'would be removed' : 'removed';
  terminal.line(
    `${removed.length} files and folders (${(bytes / 1e6).toFixed(1)} MB) ${verb}, ${waiting.length} wait for their time`,
  );
}
