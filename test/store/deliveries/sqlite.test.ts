import { join } from 'node:path';
import { openSqliteDeliveries } from '../../../src/store/deliveries/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { describeDeliveryStore } from './delivery-store-contract.ts';

describeDeliveryStore('SQLite', async () => {
  const path = join(makeTempFolder(), 'deliveries.sqlite');
  return [openSqliteDeliveries(path), openSqliteDeliveries(path)];
});
