// The typed TypeScript example against a real server, and its generated operations made again.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask } from '../../end-to-end/process.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { serveAround } from '../around.ts';

const FOLDER = 'examples/typescript';
const hasPackages = existsSync(join(FOLDER, 'node_modules', '@graphql-codegen', 'core'));
if (!hasPackages)
  console.warn('skipped: the generation of operations, whose packages .ci/servers/codegen.sh installs');

describe.skipIf(!hasPackages)('the generated operations', () => {
  it('come out the same again', () => {
    const path = join(makeTempFolder(), 'operations.generated.ts');
    execFileSync(process.execPath, ['generate.ts', path], { cwd: FOLDER });
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(join(FOLDER, 'operations.generated.ts'), 'utf8'));
  });

  it('pass the compiler, with the program that uses them', () => {
    execFileSync(join(FOLDER, 'node_modules', '.bin', 'tsc'), ['--project', FOLDER]);
  });
});

describe('the tour', () => {
  const server = serveAround();

  it('shows what the server has, and follows a crawl to its end', async () => {
    const output = execFileSync(process.execPath, [`${FOLDER}/tour.ts`, 'rush'], {
      encoding: 'utf8',
      env: { ...process.env, GROOVELAKE_SERVER_URL: server.url },
    });
    const { search, tracks, runs } = await ask<{
      search: { totalCount: number };
      tracks: { totalCount: number };
      runs: { nodes: { id: string; events: { nodes: { message: string }[] } }[] };
    }>(
      server.url,
      `{ search(term: "rush") { totalCount }
         tracks(where: { album: { albumType: ALBUM }, popularity: { gte: 20 } }) { totalCount }
         runs(first: 1, where: { pipelines: [CRAWL] }) { nodes { id events(first: 100) { nodes { message } } } } }`,
    );
    expect(output).toContain(`"rush" finds ${search.totalCount}\n`);
    expect(output).toMatch(/\nRush, popularity \d+\n/);
    expect(output).toMatch(/\nSimilar tracks, whenever they were released\n\n0\.\d{3} .* by .*\n/);
    expect(output).toContain(`${tracks.totalCount} tracks of albums with`);
    expect(output).toMatch(/energy from \d{4} to \d{4}: /);
    const [run] = runs.nodes;
    expect(output).toContain(`${run?.id} SUCCEEDED`);
    for (const { message } of run?.events.nodes ?? []) expect(output).toContain(message);
  });
});
