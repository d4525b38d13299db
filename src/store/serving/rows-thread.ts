// A worker thread that writes the file of rows, while the thread that started it reads gold and writes the links.
import { parentPort, workerData } from 'node:worker_threads';
import { writeRowsFile } from './rows-file.ts';
import type { RowsTask } from './rows-writer.ts';

const file = writeRowsFile(workerData as string);

parentPort?.on('message', (task: RowsTask) => {
  if (task.what === 'begin') file.begin(task.entity, task.columns);
  else if (task.what === 'take') file.take(task.rows);
  else if (task.what === 'end') file.end();
  else {
    file.finish(task.snapshotId);
    parentPort?.close();
    return;
  }
  parentPort?.postMessage('done');
});
