import { describe, expect, it } from 'vitest';
import type { FixtureCatalog } from '../../fixtures/gold.ts';
import { query } from '../execute.ts';

/** Nothing here asks the catalogue. */
const NONE = { catalog: null } as unknown as FixtureCatalog;

describe('triggerCrawl', () => {
  it('answers at once that a source without a key may not be asked', async () => {
    const data = await query(
      NONE,
      `mutation { triggerCrawl(input: { source: "spotify" }) {
         __typename ... on SourceUnavailableError { source until message } } }`,
    );
    expect(data.triggerCrawl).toEqual({
      __typename: 'SourceUnavailableError',
      source: 'spotify',
      until: null,
      message: expect.stringMatching(/Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/),
    });
  });

  it('names the field, the value and what is accepted', async () => {
    const data = await query(
      NONE,
      `mutation { triggerCrawl(input: { includeGroups: ["tapes"] }) {
         __typename ... on InvalidInputError { field given expected } } }`,
    );
    expect(data.triggerCrawl).toEqual({
      __typename: 'InvalidInputError',
      field: 'includeGroups',
      given: '["tapes"]',
      expected: 'a list of album, single, compilation, appears_on',
    });
  });
});

describe('the progress of a crawl', () => {
  it('says how many artists are done, and of each family how many requests were made and how many are left', async () => {
    const requests = [
      { family: 'album', count: 12, left: 88 },
      { family: 'token', count: 1, left: null },
    ];
    const crawl = { id: 'a', progress: { done: 3, total: 20, message: '3 of 20 artists', requests } };
    const other = { id: 'b', progress: { done: 0, total: null, message: 'silver' } };
    const data = await query(
      NONE,
      '{ a: run(id: "a") { progress { done total share requests { family count left } } } b: run(id: "b") { progress { requests { family } } } }',
      { runs: [crawl, other] },
    );
    expect(data).toEqual({
      a: { progress: { done: 3, total: 20, share: 0.15, requests } },
      b: { progress: { requests: [] } },
    });
  });
});
