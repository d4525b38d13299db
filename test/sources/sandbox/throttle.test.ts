import { describe, expect, it } from 'vitest';
import { openSandbox } from './open-sandbox.ts';

const RUSH = '/artists/2Hkut4rAAyrQxRdof7FVJq';

describe('the window', () => {
  it('lets so many calls through in any 30 s, then refuses in JSON and in text by turns', async () => {
    const sandbox = await openSandbox({ windowRequests: 3 });
    const token = await sandbox.token();
    for (let call = 0; call < 3; call++) expect((await sandbox.ask(RUSH, token)).status).toBe(200);
    sandbox.pass(10_000);
    const first = await sandbox.ask(RUSH, token);
    expect([first.status, first.body.error.message, first.headers.get('retry-after')]).toEqual([
      429,
      'API rate limit exceeded',
      '20',
    ]);
    const second = await sandbox.ask(RUSH, token);
    expect([second.status, second.text]).toEqual([429, 'Too many requests']);
    expect([...first.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('opens when the time it named has come, and not before', async () => {
    const sandbox = await openSandbox({ windowRequests: 1 });
    const token = await sandbox.token();
    await sandbox.ask(RUSH, token);
    const seconds = Number((await sandbox.ask(RUSH, token)).headers.get('retry-after'));
    sandbox.pass(seconds * 1_000);
    expect((await sandbox.ask(RUSH, token)).status).toBe(200);
  });

  it('punishes calls during the penalty', async () => {
    const sandbox = await openSandbox({ windowRequests: 1 });
    const token = await sandbox.token();
    const waits: number[] = [];
    for (let call = 0; call < 5; call++)
      waits.push(Number((await sandbox.ask(RUSH, token)).headers.get('retry-after')));
    expect(waits).toEqual([0, 30, 32, 34, 36]);
  });

  it('names a date, or nothing, where the settings say so', async () => {
    const sandbox = await openSandbox({ windowRequests: 1, settings: { retryAfter: 'date' } });
    const token = await sandbox.token();
    await sandbox.ask(RUSH, token);
    const date = Date.parse((await sandbox.ask(RUSH, token)).headers.get('retry-after') ?? '');
    expect(date - sandbox.now()).toBe(30_000);
    sandbox.set({ retryAfter: 'none' });
    expect((await sandbox.ask(RUSH, token)).headers.get('retry-after')).toBeNull();
  });
});

describe('a quota', () => {
  it("is one developer's for all his clients, and of one family", async () => {
    const sandbox = await openSandbox({ quotas: { artist: 2 } });
    const [one, two, other] = await Promise.all(sandbox.clients.map((client) => sandbox.token(client)));
    expect((await sandbox.ask(RUSH, one)).status).toBe(200);
    expect((await sandbox.ask(RUSH, two)).status).toBe(200);
    const refused = await sandbox.ask(RUSH, two);
    expect([refused.status, refused.body.error]).toEqual([
      429,
      { status: 429, message: 'Too many requests', reason: 'QUOTA_EXCEEDED' },
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(80_000);
    expect((await sandbox.ask(`${RUSH}/albums`, one)).status).toBe(200);
    expect((await sandbox.ask(RUSH, other)).status).toBe(200);
  });

  it('is filled again when its time has come', async () => {
    const sandbox = await openSandbox({ quotas: { artist: 1 }, settings: { tokenSeconds: 86_400 } });
    const token = await sandbox.token();
    await sandbox.ask(RUSH, token);
    const seconds = Number((await sandbox.ask(RUSH, token)).headers.get('retry-after'));
    sandbox.pass(seconds * 1_000 - 1);
    expect((await sandbox.ask(RUSH, token)).status).toBe(429);
    sandbox.pass(1);
    expect((await sandbox.ask(RUSH, token)).status).toBe(200);
    expect((await sandbox.ask(RUSH, token)).status).toBe(429);
  });
});
