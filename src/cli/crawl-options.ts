// What a crawl may be told on the command line: the fields of TriggerCrawlInput in the words of a shell.
import type { ParseArgsConfig } from 'node:util';
import { type Parsed, readWholeNumber } from './arguments.ts';

export const CRAWL_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  top: { type: 'string' },
  'start-index': { type: 'string' },
  'batch-size': { type: 'string' },
  'artist-id': { type: 'string', multiple: true },
  name: { type: 'string', multiple: true },
  groups: { type: 'string' },
  market: { type: 'string' },
  'max-requests': { type: 'string' },
  source: { type: 'string' },
  force: { type: 'boolean' },
};

/** The parameters that were given; whether they are acceptable is for whoever triggers the run. @throws InvalidInputError */
export function readCrawlParameters(parsed: Parsed): Record<string, unknown> {
  const { groups, market, source, force } = parsed.values;
  const given: Record<string, unknown> = {
    top: readWholeNumber(parsed, 'top'),
    startIndex: readWholeNumber(parsed, 'start-index'),
    batchSize: readWholeNumber(parsed, 'batch-size'),
    maxRequests: readWholeNumber(parsed, 'max-requests'),
    artistIds: parsed.values['artist-id'],
    artistNames: parsed.values.name,
    includeGroups: typeof groups === 'string' ? groups.split(',') : undefined,
    market,
    source,
    force,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
