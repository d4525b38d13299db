// 1,000 sequences; GROOVELAKE_TEST_SEQUENCES for more, GROOVELAKE_TEST_SEED for others.
import { seededRandomness } from '../../../src/clock.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { describeRunStoreModel } from './run-store-model.ts';

describeRunStoreModel(
  'SQLite',
  async () => {
    const store = openSqliteRuns(':memory:', seededRandomness(1));
    return { store, close: () => store.close() };
  },
  { sequences: Number(process.env.GROOVELAKE_TEST_SEQUENCES ?? 1_000), timeoutMs: 240_000 },
);
