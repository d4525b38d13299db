import { join } from 'node:path';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { describeAccessStore } from './access-store-contract.ts';

describeAccessStore('SQLite', async () => {
  const path = join(makeTempFolder(), 'access.sqlite');
  return [openSqliteAccess(path), openSqliteAccess(path)];
});
