import { describe, expect, it } from 'vitest';
import { checkInboxNames, checkParameters } from '../../../src/store/runs/run-parameters.ts';

const ID = '2Hkut4rAAyrQxRdof7FVJq';

describe('checkParameters(pipeline, given)', () => {
  it('refuses an id of an artist that was made from a name, which no source knows, and says what to give', () => {
    const named = 'n'.padEnd(22, '4');
    expect(() => checkParameters('CRAWL', { artistIds: [ID, named] })).toThrow(
      expect.objectContaining({
        ...{ code: 'INVALID_INPUT', field: 'artistIds' },
        message: expect.stringMatching(`^artistIds is "${named}".*give the name in artistNames`),
      }),
    );
  });

  it('takes every parameter of a crawl, for CRAWL and REFRESH, and leaves out what is null', () => {
    const given = {
      artistIds: [ID],
      artistNames: ['Rush'],
      top: 10,
      startIndex: 0,
      batchSize: 5,
      includeGroups: ['album', 'single'],
      market: 'DE',
      maxRequests: 100,
      source: 'sandbox',
      force: false,
    };
    expect(checkParameters('CRAWL', { ...given, top: null })).toEqual({ ...given, top: undefined });
    expect(checkParameters('REFRESH', given)).toEqual(given);
  });

  it.each([
    ['CRAWL', { artistIds: ['short'] }, 'artistIds'],
    ['CRAWL', { artistIds: [] }, 'artistIds'],
    ['CRAWL', { artistNames: [' '] }, 'artistNames'],
    ['CRAWL', { top: 0 }, 'top'],
    ['CRAWL', { top: 1.5 }, 'top'],
    ['CRAWL', { startIndex: -1 }, 'startIndex'],
    ['CRAWL', { batchSize: '5' }, 'batchSize'],
    ['CRAWL', { includeGroups: ['live'] }, 'includeGroups'],
    ['CRAWL', { market: 'de' }, 'market'],
    ['CRAWL', { maxRequests: 0 }, 'maxRequests'],
    ['CRAWL', { source: 'elsewhere' }, 'source'],
    ['CRAWL', { force: 'yes' }, 'force'],
    ['IMPORT', { files: 'a.csv' }, 'files'],
    ['IMPORT', { files: ['a\0.csv'] }, 'files'],
    ['IMPORT', { files: ['a\nb.csv'] }, 'files'],
    ['CRAWL', { artistNames: ['\u009b2J'] }, 'artistNames'],
    ['IMPORT', {}, 'files'],
    ['HISTORY', { account: 'sandbox', exports: ['anna.zip'] }, 'account'],
    ['TRANSFORM', { top: 1 }, 'top'],
    ['CRAWL', { __proto__: null, constructor: 1 }, 'constructor'],
  ] as const)('refuses %s %j, naming %s', (pipeline, given, field) => {
    expect(() => checkParameters(pipeline, given)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field }),
    );
  });

  it('says what was given and what is expected, and suggests a near name', () => {
    expect(() => checkParameters('CRAWL', { top: 0 })).toThrow(
      'top is 0; a whole number from 1 to 100000 is expected.',
    );
    expect(() => checkParameters('CRAWL', { artistName: ['x'] })).toThrow(/Did you mean "artistNames"\?/);
    expect(() => checkParameters('TRANSFORM', { top: 1 })).toThrow(/Expected one of force, acceptLoss/);
  });
});

describe('checkInboxNames(parameters)', () => {
  it('takes names within the inbox', () => {
    expect(() => checkInboxNames({ files: ['a.csv', 'folder/b.csv', 'a..b.csv'] })).not.toThrow();
    expect(() => checkInboxNames({ exports: ['my_data.zip'] })).not.toThrow();
    expect(() => checkInboxNames({})).not.toThrow();
  });

  it.each([
    '/etc/passwd',
    '../a.csv',
    'a/../../b.csv',
    '~/a.csv',
    'C:/a.csv',
    'a\\b.csv',
  ])('refuses %s, which lies elsewhere', (name) => {
    for (const field of ['files', 'exports']) {
      const check = () => checkInboxNames({ [field]: [name] });
      expect(check).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field }));
      expect(check).toThrow(/a name within the inbox of the data folder is expected/);
    }
  });
});
