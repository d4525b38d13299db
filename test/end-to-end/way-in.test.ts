// bin/groovelake.js on a Node that cannot run the sources.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

/** Runs `groovelake version` on a Node that says it is another version, and cannot be the one that runs the sources. */
function runAs(version: string) {
  const pretend = `import module from 'node:module';
    Object.defineProperty(process.versions, 'node', { value: '${version}' });
    module.enableCompileCache = () => { throw new Error('the sources are run here'); };`;
  const words = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    'bin/groovelake.js',
    'version',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

it.each([
  '20.18.1',
  '22.22.0',
  '23.11.0',
])('hands over to the Node that npm brought on Node %s, which does not know all of our syntax', (version) => {
  expect(runAs(version)).toEqual({ status: 0, said: expect.stringMatching(/^\d+\.\d+\.\d+\s*$/) });
});

it('runs the sources itself on Node 24 and later', () => {
  for (const version of ['24.0.0', '26.1.0'])
    expect(runAs(version).said).toContain('the sources are run here');
});

it.each([
  [undefined, 16],
  ['24', 24],
])('gives DuckDB and files a thread pool that is large enough: UV_THREADPOOL_SIZE is %j', (given, size) => {
  // The test runner's own setting does not come along.
  const env = { ...process.env, GROOVELAKE_DATA_DIR: makeTempFolder(), UV_THREADPOOL_SIZE: given };
  const { stdout, stderr } = spawnSync(process.execPath, ['bin/groovelake.js', 'doctor'], {
    encoding: 'utf8',
    env,
  });
  expect(`${stdout}${stderr}`).toMatch(new RegExp(`thread pool ${size}\\b`));
});
