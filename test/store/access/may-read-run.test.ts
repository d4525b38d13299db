import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mayReadRun, tellFrom } from '../../../src/store/access/may-read-run.ts';
import type { PipelineName } from '../../../src/store/runs/run-store.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

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

describe('where files lie', () => {
  const tell = (parameters: object, said: unknown, dataDir = '/srv/gl') =>
    tellFrom({ scope: 'read' }, { parameters: { ...parameters } }, dataDir)(said);

  it.each([
    [["/srv/x$'y.csv", '/srv/$&.csv'], '"/srv/x$\'y.csv" and "/srv/$&.csv"', '"x$\'y.csv" and "$&.csv"'],
    [['/srv/gl/inbox/a.csv'], '/srv/gl/inbox/a.csv', 'a.csv'],
    [['/srv/a', '/srv/a/b'], '/srv/a/b, /srv/a', 'b, a'],
    [['a.csv'], '/srv/gl/inbox/a.csv', 'inbox/a.csv'],
    [['/'], '/ is a folder', '/ is a folder'],
  ])('is not told of %s', (files, said, told) => {
    expect(tell({ files }, { said })).toEqual({ said: told });
    expect(tell({ exports: files }, { said })).toEqual({ said: told });
    expect(tellFrom({ scope: 'operate' }, { parameters: { files } }, '/srv/gl')(said)).toBe(said);
  });

  it('does not change what only looks like a place', () => {
    const parameters = { artistNames: ['/rif', '/'], market: 'DE' };
    expect(tell(parameters, parameters)).toEqual(parameters);
  });

  it('is not told of a data folder and an inbox that are links either', () => {
    const folder = realpathSync(makeTempFolder());
    for (const name of ['disk', 'files', 'home']) mkdirSync(join(folder, name));
    symlinkSync(join(folder, 'files'), join(folder, 'disk', 'inbox'));
    const dataDir = join(folder, 'home', 'data');
    symlinkSync(join(folder, 'disk'), dataDir);
    const said = [`${folder}/files/a.csv`, `${folder}/disk/gold`, `${dataDir}/tmp`].join();
    expect(tell({ files: ['a.csv'] }, said, dataDir)).toBe('files/a.csv,disk/gold,data/tmp');
  });
});
