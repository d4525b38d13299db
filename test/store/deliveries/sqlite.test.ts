import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openSqliteDeliveries } from '../../../src/store/deliveries/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { describeDeliveryStore } from './delivery-store-contract.ts';

describeDeliveryStore('SQLite', async () => {
  const path = join(makeTempFolder(), 'deliveries.sqlite');
  return [openSqliteDeliveries(path), openSqliteDeliveries(path)];
});

it('brings a file of format 1 up', async () => {
  const path = join(makeTempFolder(), 'deliveries.sqlite');
  await openSqliteDeliveries(path).close();
  const db = new DatabaseSync(path);
  db.exec('drop index deliveries_by_url; pragma user_version = 1');
  db.close();
  const store = openSqliteDeliveries(path);
  expect(await store.examine(['https://a.example'])).toMatchObject([{ waiting: null }]);
  await store.close();
  const after = new DatabaseSync(path);
  expect(after.prepare('pragma index_list(deliveries)').all()).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ name: 'deliveries_by_url' })]),
  );
  after.close();
});
