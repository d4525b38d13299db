// Begins with the test files that take longest: begun last, one of them goes on alone while the other process has nothing to do.
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By what they took on a busy machine, longest first: 590 to 80 s. All others come as they come, in less. */
const LONGEST = [
  'test/end-to-end/real-csv.test.ts',
  'test/end-to-end/sandbox.test.ts',
  'test/lakehouse/cases.test.ts',
  'test/end-to-end/bad-input.test.ts',
  'test/pipeline/build/incremental.test.ts',
  'test/store/catalog/stats/by-columns.test.ts',
  'test/reliability/runs/kill-in-each-step.test.ts',
  'test/reliability/incremental.test.ts',
  'test/reliability/api/fuzz.test.ts',
  'test/reliability/mongo-faults.test.ts',
  'test/reliability/snapshots/readers.test.ts',
  'test/reliability/compaction.test.ts',
  'test/servers/mongo/sandbox.test.ts',
  'test/servers/mongo/real-csv.test.ts',
  'test/servers/delta-readers/trino.test.ts',
  'test/servers/examples/python.test.ts',
  'test/servers/examples/typescript.test.ts',
  'test/servers/graphiql/graphiql.test.ts',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.indexOf(relative(this.ctx.config.root, moduleId).replaceAll('\\', '/'));
      return place < 0 ? LONGEST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
