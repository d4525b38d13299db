import { describe, expect, it } from 'vitest';
import { mayReadRun } from '../../../src/store/access/may-read-run.ts';
import type { PipelineName } from '../../../src/store/runs/run-store.ts';

const ANNA = 'anna12345678';
const BERT = 'bert12345678';

describe('whose runs are read', () => {
  const about = (account?: string) =>
    ({ pipeline: 'HISTORY', parameters: account ? { account } : {} }) as const;
  it.each([
    ['an account reads its own', { scope: 'read', accountId: ANNA }, about(ANNA), true],
    ['an account does not read those of another', { scope: 'read', accountId: BERT }, about(ANNA), false],
    ['an account does not read those of all accounts', { scope: 'read', accountId: ANNA }, about(), false],
    ['a reader reads none', { scope: 'read' }, about(ANNA), false],
    ['a reader reads those of the invented listener', { scope: 'read' }, about('sandbox'), true],
    [
      'a reader reads those of other pipelines',
      { scope: 'read' },
      { pipeline: 'CRAWL', parameters: {} },
      true,
    ],
    [
      'a reader reads none of a pipeline that this version does not know',
      { scope: 'read' },
      { pipeline: 'MASTER' as PipelineName, parameters: {} },
      false,
    ],
    ['an operator reads all', { scope: 'operate' }, about(ANNA), true],
  ] as const)('%s', (_title, asker, run, isRead) => {
    expect(mayReadRun(asker, run)).toBe(isRead);
  });
});
