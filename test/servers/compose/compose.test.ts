// docker-compose.yml as docker-compose reads it. No engine is needed for that; whether the images build is not shown here.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const COMMANDS = [['docker', 'compose'], ['docker-compose']] as const;
const command = COMMANDS.find(([name, ...words]) => spawnSync(name, [...words, 'version']).status === 0);
if (!command) console.log('skipped: no docker-compose on this machine; run .ci/servers/compose.sh');

const KEY = '0123456789abcdef0123456789abcdef';

/** @param settings of the file that is read in place of .env, which whoever works here may have */
function readCompose(
  env: Readonly<Record<string, string>>,
  settings = '',
): { status: number | null; output: string } {
  const envFile = join(makeTempFolder(), '.env');
  writeFileSync(envFile, settings);
  const [name = '', ...words] = command ?? [];
  const { GROOVELAKE_API_KEY: _, ...rest } = process.env;
  const options = ['--env-file', envFile, '-f', 'docker-compose.yml'];
  const done = spawnSync(name, [...words, ...options, 'config'], {
    encoding: 'utf8',
    env: { ...rest, ...env },
  });
  return { status: done.status, output: done.stdout + done.stderr };
}

describe.skipIf(!command)('docker-compose.yml', () => {
  it('is understood as two services with health checks, MongoDB first, on a port of this machine', () => {
    const { status, output } = readCompose({ GROOVELAKE_API_KEY: KEY });
    expect(output).not.toMatch(/invalid|error/i);
    expect(status).toBe(0);
    expect(output.match(/healthcheck:/g)).toHaveLength(2);
    expect(output).toMatch(/condition: service_healthy/);
    expect(output).toMatch(/127\.0\.0\.1/);
    expect(output).not.toMatch(/27017:27017/);
  });

  it('hands the server settings that it accepts, with MongoDB for landing and runs', () => {
    const { output } = readCompose({ GROOVELAKE_API_KEY: KEY });
    const variables = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(output)?.[1] ?? '';
    const env = Object.fromEntries(
      [...variables.matchAll(/^ {6}(\w+): (.*)$/gm)].map(([, name, value]) => [
        name,
        value?.replace(/^['"]|['"]$/g, ''),
      ]),
    );
    expect(readConfig({ ...env, HOST: '0.0.0.0' })).toMatchObject({
      mongodbUri: 'mongodb://mongodb:27017/groovelake',
      apiKey: KEY,
    });
  });

  it('takes the key from a file of settings, as docs/operate.md writes .env', () => {
    const settings = `GROOVELAKE_API_KEY=${KEY}\nGROOVELAKE_PUBLIC_URL=http://127.0.0.1:4000\n`;
    const { status, output } = readCompose({}, settings);
    expect(status).toBe(0);
    expect(output).toContain(`GROOVELAKE_API_KEY: ${KEY}`);
    expect(output).toContain('GROOVELAKE_PUBLIC_URL: http://127.0.0.1:4000');
  });

  it('does not start without a key', () => {
    const { status, output } = readCompose({});
    expect(status).not.toBe(0);
    expect(output).toMatch(/GROOVELAKE_API_KEY.*set a key of at least 16 characters/s);
  });
});
