import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Arrays, readArrays, writeArrays } from '../../../src/store/listening/array-file.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const ARRAYS: Arrays = new Map<string, Arrays extends ReadonlyMap<string, infer A> ? A : never>([
  ['endedAt', Float64Array.of(0, Number.NaN, -1.5, 1e300)],
  ['größe', Int32Array.of(-1, 2 ** 31 - 1)],
  ['nothing', new Int8Array()],
  ['starts', Uint32Array.of(0, 2 ** 32 - 1)],
  ['skipped', Int8Array.of(-1, 0, 1)],
  ['bytes', Uint8Array.of(255)],
]);

async function write(): Promise<string> {
  const path = join(makeTempFolder(), 'arrays.bin');
  await writeArrays(path, ARRAYS);
  return path;
}

describe('readArrays', () => {
  it('reads what was written, under its names and in its types', async () => {
    expect(await readArrays(await write())).toEqual(ARRAYS);
  });

  it('answers null for a file that is not there, or is another', async () => {
    const path = join(makeTempFolder(), 'other.bin');
    expect(await readArrays(path)).toBeNull();
    await writeFile(path, 'PAR1 is another format altogether');
    expect(await readArrays(path)).toBeNull();
  });

  it('answers null for one that was cut short at any byte, or of which a bit is wrong', async () => {
    const path = await write();
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at++) {
      await writeFile(
        path,
        whole.map((byte, place) => (place === at ? byte ^ 1 : byte)),
      );
      expect(await readArrays(path)).toBeNull();
      await writeFile(path, whole);
      await truncate(path, at);
      expect(await readArrays(path)).toBeNull();
    }
  });
});
