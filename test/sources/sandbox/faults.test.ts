import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/sources/sandbox/fault-text.ts';
import { DEFAULT_SETTINGS, describeSettings, parseSetting } from '../../../src/sources/sandbox/settings.ts';
import { openSandbox } from './open-sandbox.ts';

const RUSH = '/artists/2Hkut4rAAyrQxRdof7FVJq';

describe('a fault', () => {
  it('meets the calls it counts, of its family only', async () => {
    const sandbox = await openSandbox({ faults: ['artist#2x2=503', 'search=500'].map(parseFault) });
    const token = await sandbox.token();
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await sandbox.ask(RUSH, token)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(
      sandbox.requests.entries.filter(({ family }) => family === 'artist').map(({ status }) => status),
    ).toEqual(statuses);
    sandbox.requests.clear();
    expect((await sandbox.ask('/search?q=a&type=artist', token)).status).toBe(200);
  });

  it.each([
    ['502', 502, /<h1>502/],
    ['500:text', 500, /^error 500$/],
    ['504:empty', 504, /^$/],
    ['200:html', 200, /<h1>200/],
    ['429:7', 429, /^Too many requests$/],
  ])('answers %s', async (text, status, body) => {
    const sandbox = await openSandbox({ faults: [parseFault(`artist=${text}`)] });
    const answer = await sandbox.ask(RUSH, await sandbox.token());
    expect([answer.status, body.test(answer.text)]).toEqual([status, true]);
  });

  it.each(['reset', 'wrongLength', 'damagedGzip'])('breaks the answer: %s', async (text) => {
    const sandbox = await openSandbox({ faults: [parseFault(`artist=${text}`)] });
    await expect(sandbox.ask(RUSH, await sandbox.token())).rejects.toThrow();
  });

  it('cuts JSON although the length is right', async () => {
    const sandbox = await openSandbox({ faults: [parseFault('artist=truncate')] });
    const answer = await sandbox.ask(RUSH, await sandbox.token());
    expect([answer.status, answer.body]).toEqual([200, undefined]);
  });

  it('counts all calls together under the name *', async () => {
    const sandbox = await openSandbox({ faults: [parseFault('*#3=500')] });
    const token = await sandbox.token();
    expect([(await sandbox.ask(RUSH, token)).status, (await sandbox.ask(RUSH, token)).status]).toEqual([
      200, 500,
    ]);
  });

  it.each([
    '',
    'artist',
    'artist=',
    'artist=999x',
    'artist#0=500',
    'artist#1x0=500',
    'artist=slow',
    'artist=hang:3',
    'artist=429:tomorrow',
  ])('is refused when it is written "%s"', (text) => {
    expect(() => parseFault(text)).toThrow(/is no fault; FAMILY/);
  });

  it('may change settings', () => {
    expect(parseFault('albums#3=profile:dev2026').answer).toEqual({
      kind: 'set',
      settings: { profile: 'dev2026' },
    });
    expect(() => parseFault('albums=profil:dev2026')).toThrow(
      /no setting "profil". Did you mean "profile"\?/,
    );
  });
});

describe('a setting', () => {
  it('is listed with what it takes, and takes its own default', () => {
    const lines = describeSettings();
    expect(lines).toHaveLength(Object.keys(DEFAULT_SETTINGS).length);
    for (const [name, value] of Object.entries(DEFAULT_SETTINGS))
      expect(parseSetting(name, String(value))).toEqual({ [name]: value });
  });

  it.each([
    ['profile', 'dev2027', 'extended, devOld, dev2026'],
    ['tokenSeconds', '0', 'a number from 1 to 86400'],
    ['kworbUpdated', 'today', 'YYYY/MM/DD'],
  ])('%s refuses "%s"', (name, text, expected) => {
    expect(() => parseSetting(name, text)).toThrow(expected);
  });
});

describe('the control address', () => {
  it('changes settings, adds faults and shows what was asked, and is no request itself', async () => {
    const sandbox = await openSandbox();
    const control = (method: string, path: string, body?: string) =>
      fetch(`${sandbox.controlUrl}${path}`, { method, ...(body === undefined ? {} : { body }) });
    const changed = await control('PATCH', '/settings', '{"profile":"dev2026","reccobeatsCoverage":0.5}');
    expect(await changed.json()).toMatchObject({
      profile: 'dev2026',
      reccobeatsCoverage: 0.5,
      owner: 'premium',
    });
    expect((await control('POST', '/faults', 'artist#1=503\nsearch=hang\n')).status).toBe(201);
    const token = await sandbox.token();
    expect((await sandbox.ask(RUSH, token)).status).toBe(503);
    expect(await (await control('GET', '/requests/counts')).json()).toEqual({ token: 1, artist: 1 });
    const [, entry] = (await (await control('GET', '/requests')).json()) as { family: string }[];
    expect(entry).toMatchObject({
      family: 'artist',
      status: 503,
      client: 'sandbox-client',
      path: `/v1${RUSH}`,
    });
    await control('DELETE', '/requests');
    await control('DELETE', '/faults');
    expect(await (await control('GET', '/requests')).json()).toEqual([]);
    expect(await (await control('GET', '/faults')).json()).toEqual([]);
  });

  it('takes nothing of a change that is wrong in part, and says why', async () => {
    const sandbox = await openSandbox();
    const patch = (body: string) => fetch(`${sandbox.controlUrl}/settings`, { method: 'PATCH', body });
    const refused = await patch('{"profile":"dev2026","owner":"broke"}');
    expect([refused.status, (await refused.json()).error]).toEqual([
      400,
      'owner is "broke"; one of premium, lapsed is expected.',
    ]);
    expect((await patch('{')).status).toBe(400);
    expect(sandbox.settings.profile).toBe('extended');
    expect((await fetch(`${sandbox.controlUrl}/elsewhere`)).status).toBe(404);
  });
});
