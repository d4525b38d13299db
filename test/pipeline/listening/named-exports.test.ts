import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { exportLimits, requireExport } from '../../../src/pipeline/listening/named-exports.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';
import { writeFolder } from '../../sources/exports/export-files.ts';
import { oldRow } from '../../sources/exports/export-rows.ts';

/** What a run that names a folder of two files is told under these settings. */
function requireNamed(env: Readonly<Record<string, string>>): Promise<void> {
  const rows = JSON.stringify([oldRow()]);
  const folder = writeFolder({ 'endsong_0.json': rows, 'endsong_1.json': ' '.repeat(2_000) + rows });
  const run = { parameters: { exports: [folder] }, trigger: 'CLI' };
  return requireExport({ run, config: readConfig(env) } as unknown as StepContext);
}

describe('limits of an export', () => {
  it('are the settings that are named after them', () => {
    const limits = exportLimits(
      readConfig({
        GROOVELAKE_HISTORY_MAX_BYTES: '10001',
        GROOVELAKE_HISTORY_MAX_FILES: '12',
        GROOVELAKE_IMPORT_MAX_LINE_BYTES: '1300',
      }),
    );
    expect(limits).toEqual({ maxBytes: 10_001, maxEntries: 12, maxRowBytes: 1_300 });
  });

  it.each([
    ['GROOVELAKE_HISTORY_MAX_BYTES', '1024', /holds \d+ bytes; at most 1024 are read/],
    ['GROOVELAKE_HISTORY_MAX_FILES', '1', /more than 1 files/],
  ])('hold for the exports that a run names: %s', async (name, value, message) => {
    await requireNamed({});
    await expect(requireNamed({ [name]: value })).rejects.toThrow(message);
  });
});
