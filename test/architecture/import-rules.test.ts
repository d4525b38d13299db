import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findBrokenRules, type SourceFile } from './import-rules.ts';

function readSources(): SourceFile[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

const check = (path: string, text: string) => findBrokenRules([{ path, text }]);

describe('the import rules', () => {
  it('hold in src/', () => {
    const sources = readSources();
    expect(sources.length).toBeGreaterThan(10);
    expect(findBrokenRules(sources)).toEqual([]);
  });

  it('allow an arrow that the plan has', () => {
    expect(check('src/pipeline/crawl.ts', "import { a } from '../sources/spotify/client.ts';")).toEqual([]);
    expect(check('src/store/runs/sqlite.ts', "import type { Log } from '../../log.ts';")).toEqual([]);
    expect(check('src/store/runs/sqlite.ts', "import { a } from '../sqlite-file.ts';")).toEqual([]);
    expect(check('src/store/catalog/stats/a.ts', "import { a } from '../../columns/open.ts';")).toEqual([]);
  });

  it.each([
    ['src/schema/track.ts', "import { runStep } from '../pipeline/run.ts';"],
    ['src/pipeline/run.ts', "import type { Context } from '../schema/context.ts';"],
    ['src/sources/files/a.ts', "import { openDuckDb } from '../../store/duckdb.ts';"],
    ['src/recommend/a.ts', "import type { Catalog } from '../store/catalog/catalog.ts';"],
    ['src/http/graphql.ts', "import { buildSchema } from '../schema/schema.ts';"],
    ['src/store/a.ts', "export { x } from '../server.ts';"],
    ['src/errors.ts', "import { openDuckDb } from './store/duckdb.ts';"],
    ['src/schema/a.ts', "const db = await import('../pipeline/worker.ts');"],
    ['src/store/a.ts', "import '../schema/track.ts';"],
    ['src/store/columns/a.ts', "import { a } from '../catalog/open.ts';"],
    ['src/store/snapshots/a.ts', "import type { A } from '../runs/run-store.ts';"],
    ['src/pipeline/build/a.ts', "import { a } from '../crawl/crawl.ts';"],
    ['src/schema/catalog/a.ts', "import { a } from '../stats/stats.ts';"],
    ['src/http/limits/a.ts', "import type { A } from '../export/table.ts';"],
    ['src/store/a.ts', "import { helper } from '../../test/fixtures/gold.ts';"],
  ])('refuse %s with: %s', (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it('refuse a database client outside store/', () => {
    expect(check('src/schema/track.ts', "import { DuckDBInstance } from '@duckdb/node-api';")).toHaveLength(
      1,
    );
    expect(check('src/pipeline/a.ts', "import { DatabaseSync } from 'node:sqlite';")).toHaveLength(1);
  });

  it('read an import that is broken over lines', () => {
    expect(
      check('src/schema/a.ts', "import {\n  one,\n  two,\n} from '../sources/kworb/client.ts';"),
    ).toHaveLength(1);
  });

  it.each([
    'Date.now()',
    'new Date()',
    'setTimeout(f, 1)',
    'Math.random()',
    'performance.now()',
    'new Date',
    'map(Date.now)',
    'crypto.randomUUID()',
    'randomBytes(4)',
    'randomInt(6)',
    'crypto.getRandomValues(bytes)',
    'process.hrtime.bigint()',
    'process.uptime()',
  ])('refuse %s outside the clock', (call) => {
    expect(check('src/pipeline/a.ts', `const x = ${call};`)).toHaveLength(1);
    expect(check('src/clock.ts', `const x = ${call};`)).toEqual([]);
    expect(check('src/pipeline/a.ts', `// ${call} is not for here`)).toEqual([]);
  });

  it('allow an instant that is made from a number, and a turn of the event loop', () => {
    expect(check('src/pipeline/a.ts', 'const x: Date = new Date(ms); class Dated {} new Dated();')).toEqual(
      [],
    );
    for (const names of ['{ setImmediate }', '{ setImmediate as immediate }'])
      expect(check('src/pipeline/a.ts', `import ${names} from 'node:timers/promises';`)).toEqual([]);
  });

  it.each([
    "import { setTimeout as sleep } from 'node:timers/promises';",
    "import { setImmediate, setInterval } from 'timers/promises';",
    "import { setTimeout } from 'node:timers';",
    "import * as timers from 'node:timers/promises';",
    "import timers from 'node:timers/promises';",
  ])('refuse a timer that waits: %s', (text) => {
    expect(check('src/pipeline/a.ts', text)).toHaveLength(1);
  });
});
