// What every example does, against a server that answers what the test says.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ask } from '../../examples/ask.ts';
import { askMostAcoustic, askMostDanceable } from '../../examples/prog-bands/questions.ts';
import { SETTINGS } from '../../src/config.ts';

async function answer(
  data: object,
): Promise<{ url: string; sent: (string | undefined)[]; paths: (string | undefined)[] }> {
  const sent: (string | undefined)[] = [];
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    sent.push(request.headers.authorization);
    paths.push(request.url);
    response.end(JSON.stringify({ data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/graphql`, sent, paths };
}

it('an example sends the key of the environment where there is one', async () => {
  const { url, sent } = await answer({});
  vi.stubEnv('GROOVELAKE_API_KEY', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  await ask(url, '{ hello }');
  vi.stubEnv('GROOVELAKE_API_KEY', 'gl_1_secret');
  await ask(url, '{ hello }');
  expect(sent).toEqual([undefined, 'Bearer gl_1_secret']);
});

it.each([
  'music-map/draw.ts',
  'playlist-genres/questions.ts',
  'prog-bands/questions.ts',
  'typescript/tour.ts',
])('%s asks the server of GROOVELAKE_SERVER_URL, as commands do', async (program) => {
  const { url, paths } = await answer({});
  const env = { ...process.env, GROOVELAKE_SERVER_URL: url.replace('graphql', '') };
  // The answer has nothing of what is shown.
  await promisify(execFile)(process.execPath, [join('examples', program)], { env }).catch(() => {});
  expect(paths[0]).toBe('/graphql');
});

it("the questions about the sandbox's bands say so where the catalogue is another", async () => {
  const { url } = await answer({ artist: null });
  await expect(askMostAcoustic(url, 'x')).rejects.toThrow(/no artist "x" here.*sandbox/);
  await expect(askMostDanceable(url)).rejects.toThrow(/sandbox/);
});

it('no example has a variable set that the configuration refuses', () => {
  const known = new Set<string>(Object.values(SETTINGS).map(({ variable }) => variable));
  const texts = readdirSync('examples', { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(ts|py|md)$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const named = texts.flatMap((text) => text.match(/GROOVELAKE_[A-Z_]+/g) ?? []);
  expect(named).toContain('GROOVELAKE_SERVER_URL');
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
