// groovelake snapshots.

import { systemClock, systemRandomness } from '../clock.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';

export const snapshotsCommand: Command = {
  name: 'snapshots',
  usage: 'snapshots [--json]',
  does: 'list kept snapshots, newest first',
  run: listSnapshots,
};

async function listSnapshots({ words, config, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, { json: { type: 'boolean' } });
  const store = createSnapshotStore({
    dataDir: config.dataDir,
    clock: systemClock,
    random: systemRandomness,
  });
  const manifests = await store.listManifests();
  const current = (await store.readCurrent())?.manifest.id;
  if (parsed.values.json) {
    terminal.line(JSON.stringify(manifests, null, 2));
    return 0;
  }
  for (const manifest of manifests) {
    const rows = (name: string) =>
      manifest.relations.find((relation) => relation.layer === 'gold' && relation.name === name)?.rows ?? 0;
    const warnings = manifest.checks.filter((check) => !check.passed).length;
    terminal.line(
      `${manifest.id === current ? '*' : ' '} ${manifest.id}  ${manifest.publishedAt}  ${rows('tracks')} tracks, ${rows('albums')} albums, ${rows('artists')} artists${warnings ? `, ${warnings} warnings` : ''}`,
    );
  }
  return 0;
}
