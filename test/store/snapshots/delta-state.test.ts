import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GroovelakeError } from '../../../src/errors.ts';
import { nameOf, nameOfCheckpoint } from '../../../src/store/snapshots/delta-names.ts';
import { readDeltaState } from '../../../src/store/snapshots/delta-state.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Reads a log that has a checkpoint at version 1 and these entries, where a look at the checkpoint fails so. */
function read(failure: Error, entries: readonly number[]) {
  const log = makeTempFolder();
  writeFileSync(join(log, nameOfCheckpoint(1)), 'PAR1');
  for (const version of entries) writeFileSync(join(log, nameOf(version)), '{"commitInfo":{}}\n');
  const checkpoints = {
    read: () => Promise.reject(failure),
    write: async () => {},
    close: async () => {},
  };
  return readDeltaState(localFiles, checkpoints, log, -1);
}

const outOfMemory = new GroovelakeError('OUT_OF_MEMORY', 'The statement needs more memory than it may use.');
const ofMachine = [
  Object.assign(new Error('ENOSPC: no space left on device, mkdir'), { code: 'ENOSPC' }),
  Object.assign(new Error('EROFS: read-only file system, mkdir'), { code: 'EROFS' }),
  Object.assign(new Error('ENFILE: file table overflow, open'), { code: 'ENFILE' }),
  new Error('IO Error: Cannot open file "a.parquet": Too many open files'),
  new Error('IO Error: Cannot open file "a.parquet": Permission denied'),
];

it.each([
  ...ofMachine,
  outOfMemory,
])('calls no checkpoint damaged that it was kept from reading: $message', async (failure) => {
  await expect(read(failure, [2])).rejects.toBe(failure);
});

it.each(ofMachine)('passes over no checkpoint that it was kept from reading: $message', async (failure) => {
  await expect(read(failure, [0, 1, 2])).rejects.toBe(failure);
});

it.each([
  outOfMemory,
  new Error('Invalid Input Error: No magic bytes found'),
])('passes over a checkpoint whose bytes may be the cause while its entries are there: $message', async (failure) => {
  expect(await read(failure, [0, 1, 2])).toMatchObject({ version: 2, checkpoint: -1, unreadable: [1] });
});
