import { describe, expect, it } from 'vitest';
import { createTokenSource } from '../../../src/sources/spotify/token.ts';
import { type Scripted, scriptSource } from '../scripted-source.ts';

const token = (name: string, expires: unknown = 3_600): Scripted => ({
  body: JSON.stringify({ access_token: name, token_type: 'Bearer', expires_in: expires }),
});

function open(script: readonly Scripted[], memory = new Map<string, unknown>()) {
  const source = scriptSource(script, { memory });
  const tokens = createTokenSource({
    source: 'spotify',
    gate: source.gate,
    accountsUrl: 'http://accounts',
    clientId: 'id',
    clientSecret: 'secret',
    clock: source.clock,
  });
  return { ...source, tokens };
}

describe('createTokenSource', () => {
  it('asks with Basic credentials in form encoding', async () => {
    const { tokens, sent } = open([token('a')]);
    await tokens.get();
    expect(sent[0]).toMatchObject({
      url: 'http://accounts/api/token',
      request: {
        method: 'POST',
        body: 'grant_type=client_credentials',
        headers: {
          authorization: `Basic ${Buffer.from('id:secret').toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
    });
  });

  it('asks once for all who need it at the same time', async () => {
    const { tokens, sent } = open([token('a')]);
    expect(await Promise.all(Array.from({ length: 9 }, () => tokens.get()))).toEqual(Array(9).fill('a'));
    expect(sent).toHaveLength(1);
  });

  it('renews a minute before the end', async () => {
    const { tokens, clock } = open([token('a'), token('b')]);
    await tokens.get();
    await clock.sleep(3_539_000);
    expect(await tokens.get()).toBe('a');
    await clock.sleep(1_000);
    expect(await tokens.get()).toBe('b');
  });

  it('uses a token of a short life for half of it, and takes one of an unsaid life for an hour', async () => {
    const short = open([token('a', 10), token('b')]);
    await short.tokens.get();
    await short.clock.sleep(4_999);
    expect(await short.tokens.get()).toBe('a');
    await short.clock.sleep(1);
    expect(await short.tokens.get()).toBe('b');
    const unsaid = open([token('a', null), token('b')]);
    await unsaid.tokens.get();
    await unsaid.clock.sleep(3_500_000);
    expect(await unsaid.tokens.get()).toBe('a');
  });

  it('drops the token that was refused, and not the one that came after it', async () => {
    const { tokens } = open([token('a'), token('b'), token('c')]);
    tokens.drop(await tokens.get());
    expect(await tokens.get()).toBe('b');
    tokens.drop('a');
    expect(await tokens.get()).toBe('b');
  });

  it('asks again after a failure', async () => {
    const { tokens } = open([{ status: 400, body: '{"error":"invalid_client"}' }, token('a')]);
    await expect(tokens.get()).rejects.toThrow(/invalid_client/);
    expect(await tokens.get()).toBe('a');
  });

  it.each([
    [
      { error: 'invalid_client', error_description: 'Invalid client' },
      /invalid_client: Invalid client\)\. Check SPOTIFY_CLIENT_ID/,
    ],
    [{ error: 'invalid_client' }, /\(invalid_client\)\. Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/],
    [
      { error: 'unsupported_grant_type' },
      /\(unsupported_grant_type\)\. A token is expected; check SPOTIFY_ACCOUNTS_URL/,
    ],
  ])('says what to do about %j', async (body, message) => {
    const { tokens, sent } = open([{ status: 400, body: JSON.stringify(body) }]);
    await expect(tokens.get()).rejects.toThrow(message);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['a server that fails', { status: 502 }],
    ['silence', new Error('no whole answer within 30 s')],
    ['a web page', { body: '<html>' }],
  ] as const)('takes %s for a failure of all that needs the token, which may pass', async (_what, answer) => {
    const { tokens, sent } = open([answer]);
    await expect(tokens.get()).rejects.toMatchObject({
      code: 'EXTRACT',
      isOfKey: true,
      isRetryable: true,
      message: expect.stringMatching(/"spotify" gave no token: .* after 3 tries .* Try again later\.$/),
    });
    expect(sent).toHaveLength(3);
  });

  it('does not blame the key for an answer without a token', async () => {
    const { tokens } = open([{ body: '{}' }]);
    await expect(tokens.get()).rejects.toThrow(/status 200\)\. A token is expected/);
  });

  it('puts off the work when the accounts service asks to be left alone', async () => {
    const { tokens, clock } = open([{ status: 429, headers: { 'retry-after': '120' } }]);
    await expect(tokens.get()).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
      family: 'token',
      until: clock.now() + 120_000,
    });
  });

  it('remembers it: neither this run nor a later one asks before that time, for however many calls', async () => {
    const { tokens, clock, memory, sent } = open([{ status: 429, headers: { 'retry-after': '80000' } }]);
    const until = clock.now() + 80_000_000;
    const all = await Promise.allSettled(Array.from({ length: 9 }, () => tokens.get()));
    expect(all.map(({ status }) => status)).toEqual(Array(9).fill('rejected'));
    await expect(tokens.get()).rejects.toMatchObject({ until });
    expect(sent).toHaveLength(1);
    const later = open([token('a')], memory);
    await expect(later.tokens.get()).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
      family: 'token',
      until,
    });
    expect(later.sent).toHaveLength(0);
    await later.clock.sleep(80_000_001);
    expect(await later.tokens.get()).toBe('a');
  });

  it('waits a short one out, once for all who wait', async () => {
    const { tokens, clock, sent } = open([{ status: 429, headers: { 'retry-after': '7' } }, token('a')]);
    expect(await Promise.all([tokens.get(), tokens.get()])).toEqual(['a', 'a']);
    expect([clock.waits, sent.length]).toEqual([[7_000], 2]);
  });

  it('never shows the secret', async () => {
    const { tokens } = open([{ status: 400, body: '{"error":"invalid_client"}' }]);
    const error = await tokens.get().catch((reason: unknown) => reason);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  });
});
