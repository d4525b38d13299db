import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { createApiKey } from '../../src/store/access/api-keys.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { ask, start } from './plain-server.ts';

const warnings = (logged: readonly string[]) =>
  logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');

describe('a refusal', () => {
  it('is in the log with address and key id, and never the secret, once a minute; each is counted', async () => {
    const { url, keys, logged } = await start();
    const about = { now: systemClock.now(), random: systemRandomness };
    const made = await createApiKey(keys, { name: 'k', scope: 'read', createdBy: 'test' }, about);
    const bearer = { authorization: `Bearer ${made.text}` };
    const refused = { message: 'A request was refused', address: '127.0.0.1', path: '/graphql' };
    for (let n = 0; n < 3; n++) expect((await ask(url, '{ hello }')).status).toBe(401);
    for (let n = 0; n < 3; n++) expect((await ask(url, 'mutation { change }', bearer)).status).toBe(403);
    expect(warnings(logged)).toMatchObject([
      { ...refused, code: 'UNAUTHENTICATED', key: 'none' },
      { ...refused, code: 'FORBIDDEN', key: made.key.id },
    ]);
    expect(logged.join()).not.toContain(made.text.split('_')[2]);
    const metrics = await (await fetch(`${url}/metrics`, { headers: bearer })).text();
    expect(metrics).toContain('groovelake_refused_total{code="UNAUTHENTICATED"} 3');
    expect(metrics).toContain('groovelake_refused_total{code="FORBIDDEN"} 3');
  });

  it('names where a page or a proxy came from, and is no line of what is answered', async () => {
    const { url, logged } = await start();
    await ask(url, '{ hello }', { origin: 'https://evil.example', 'x-forwarded-for': '203.0.113.9' });
    await ask(url, '{ hello }');
    expect(warnings(logged)).toMatchObject([
      { code: 'FORBIDDEN', origin: 'https://evil.example', forwardedFor: '203.0.113.9' },
    ]);
  });

  it('goes by its own code: an operation that is not on the list is nobody who may not come in', async () => {
    const list = join(makeTempFolder(), 'list.json');
    writeFileSync(list, JSON.stringify({ hello: '{ hello }' }));
    const env = { GROOVELAKE_PERSISTED_OPERATIONS: list, GROOVELAKE_PERSISTED_ONLY: 'true' };
    const { url, logged } = await start(env);
    for (const accept of ['application/json', 'text/csv'])
      expect((await ask(url, '{ node { name } }', { accept })).status).toBe(403);
    expect(warnings(logged)).toMatchObject([{ code: 'PERSISTED_ONLY' }]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('groovelake_refused_total{code="PERSISTED_ONLY"} 2');
    expect(metrics).not.toContain('groovelake_refused_total{code="FORBIDDEN"}');
  });
});
