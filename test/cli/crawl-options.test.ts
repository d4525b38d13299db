import { describe, expect, it } from 'vitest';
import { parseWords } from '../../src/cli/arguments.ts';
import { CRAWL_OPTIONS, readCrawlParameters } from '../../src/cli/crawl-options.ts';
import { checkParameters } from '../../src/store/runs/run-parameters.ts';

const read = (line: string) =>
  readCrawlParameters(parseWords(line.split(' ').filter(Boolean), 0, CRAWL_OPTIONS));

describe('readCrawlParameters', () => {
  it('reads every field of a crawl in the words of a shell, and nothing that was not given', () => {
    const id = '2Hkut4rAAyrQxRdof7FVJq';
    const parameters = read(
      `--top 5 --start-index 2 --batch-size 3 --artist-id ${id} --name Rush --name Asia --groups album,single --market DE --max-requests 80 --source sandbox --force`,
    );
    expect(parameters).toEqual({
      top: 5,
      startIndex: 2,
      batchSize: 3,
      artistIds: [id],
      artistNames: ['Rush', 'Asia'],
      includeGroups: ['album', 'single'],
      market: 'DE',
      maxRequests: 80,
      source: 'sandbox',
      force: true,
    });
    expect(checkParameters('CRAWL', parameters)).toEqual(parameters);
    expect(read('')).toEqual({});
  });

  it.each([
    ['--top many', /--top is "many"; a whole number is expected/],
    ['--tpo 5', /Did you mean "--top"/],
  ])('refuses "%s"', (line, message) => {
    expect(() => read(line)).toThrow(message);
  });
});
