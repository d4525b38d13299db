// A process that publishes, and kills itself at the point it is told: DATA_DIR N POINT before|after. Without a point it lives.

import { intercept } from './points.ts';
import { openBuilder, openStore, publish } from './two-relations.ts';

const [dataDir = '', n = '0', point, when] = process.argv.slice(2);
const { files } = intercept((call) => {
  if (call.name === point && call.when === when) process.kill(process.pid, 'SIGKILL');
});
const db = await openBuilder(dataDir);
await publish(db, openStore(dataDir, files), Number(n));
await db.close();
