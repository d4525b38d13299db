import { describe, expect, it } from 'vitest';
import { createLog, redact, sayErrorsSeldom } from '../src/log.ts';
import { createKeptLog } from './fixtures/quiet-log.ts';

describe('redact(text)', () => {
  it.each([
    ['mongodb://user:p@ss@host/db', 'mongodb://***@host/db'],
    ['mongodb+srv://user:pa/ss@host/db', 'mongodb+srv://***@host/db'],
    ['at https://user:pass@host/path, and so on', 'at https://***@host/path, and so on'],
    ['authorization: Bearer abcdefghijk', 'authorization: Bearer ***'],
    ['GET https://host/x?access_token=abc&page=2', 'GET https://host/x?access_token=***&page=2'],
    ['https://host/x?page=2&api_key=abc#top', 'https://host/x?page=2&api_key=***#top'],
  ])('takes the secret out of "%s"', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'https://host/artist/@name?page=2',
    'https://host/search?q=token&type=artist',
    'mail somebody@host about https://host/path',
  ])('leaves "%s" as it is', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('createLog(options)', () => {
  it.each([
    'text',
    'json',
  ] as const)('writes a line of %s as one line, whatever the message and the fields hold', (format) => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format, write: (line) => lines.push(line), now: () => 0 });
    const forged = 'x\n2026-11-27T00:00:00.000Z info  The key ops was revoked\u001b[2J\u009b2J\u202e\u2028';
    log.warn(`No file ${forged}`, { name: forged });
    expect(lines[0]).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
    expect(lines[0]).toMatch(/No file x\\(n|u000a)2026.*revoked\\u001b\[2J\\u009b2J\\u202e/);
    if (format === 'json') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ name: forged });
  });
});

describe('sayErrorsSeldom(log, monotonic)', () => {
  it('says the same failure once a minute, and how often it came meanwhile', () => {
    const { log, lines } = createKeptLog();
    let now = 0;
    const complain = sayErrorsSeldom(log, () => now);
    for (now = 0; now < 130_000; now += 1_000) complain('It failed', { error: new Error('disk full') });
    complain('It failed', { error: new Error('another') });
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('unsaid=59');
    expect(lines[3]).toContain('another');
  });

  it('says of each of several how often it came, whichever comes first in the next minute', () => {
    const { log, lines } = createKeptLog();
    let now = 0;
    const complain = sayErrorsSeldom(log, () => now);
    for (const name of ['a', 'b', 'a', 'a', 'b']) complain('It failed', { error: new Error(name) });
    now = 60_000;
    for (const name of ['b', 'a']) complain('It failed', { error: new Error(name) });
    expect(lines.slice(2).map((line) => /unsaid=\d/.exec(line)?.[0])).toEqual(['unsaid=1', 'unsaid=2']);
  });

  it('says a thousand different ones a minute, and of the others one and how many came', () => {
    const { log, lines } = createKeptLog();
    let now = 0;
    const complain = sayErrorsSeldom(log, () => now);
    const fail = (from: number, to: number) => {
      for (let n = from; n < to; n++) complain('It failed', { error: new Error(String(n)) });
    };
    fail(0, 1_500);
    expect(lines).toHaveLength(1_001);
    now = 60_000;
    fail(2_000, 3_500);
    expect(lines).toHaveLength(2_002);
    expect(lines.filter((line) => line.includes('unsaidOthers=499'))).toEqual([lines.at(-1)]);
  });
});
