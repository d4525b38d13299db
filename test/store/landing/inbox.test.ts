import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPORTS, FILES, type NamedBy, resolveNamed } from '../../../src/store/landing/inbox.ts';
import type { TriggerKind } from '../../../src/store/runs/run-store.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const TRIGGERS: readonly TriggerKind[] = ['CLI', 'SCHEDULE', 'BOOT', 'RETRY', 'MUTATION'];
const BOTH = [FILES, EXPORTS];

/** A data folder with a file and a folder in its inbox, and a file beside the inbox. */
function makeDataDir() {
  const dataDir = realpathSync(makeTempFolder());
  const inbox = join(dataDir, 'inbox');
  mkdirSync(join(inbox, 'my_data'), { recursive: true });
  writeFileSync(join(inbox, 'songs.csv'), 'a');
  writeFileSync(join(inbox, 'my_data', 'endsong_0.json'), '[]');
  const outside = join(dataDir, 'runs.sqlite');
  writeFileSync(outside, 'a');
  return { dataDir, inbox, outside };
}

describe('resolveNamed(dataDir, trigger, names, by)', () => {
  it.each(TRIGGERS)('for %s finds a name within the inbox, once', async (trigger) => {
    const { dataDir, inbox } = makeDataDir();
    for (const by of BOTH)
      expect(await resolveNamed(dataDir, trigger, ['songs.csv', './songs.csv'], by)).toEqual([
        join(inbox, 'songs.csv'),
      ]);
  });

  it.each(
    TRIGGERS,
  )('for %s takes a path of its own from everybody but the API, beside names', async (trigger) => {
    const { dataDir, inbox, outside } = makeDataDir();
    for (const by of BOTH) {
      const named = resolveNamed(dataDir, trigger, [outside, 'songs.csv'], by);
      if (trigger === 'MUTATION')
        await expect(named).rejects.toMatchObject({ field: by.field, given: outside });
      else expect(await named).toEqual([outside, join(inbox, 'songs.csv')]);
    }
  });

  it.each(TRIGGERS)('for %s refuses a name that leads out of the inbox', async (trigger) => {
    const { dataDir, inbox, outside } = makeDataDir();
    symlinkSync(outside, join(inbox, 'link.csv'));
    const refused = (name: string, by: NamedBy) =>
      expect(resolveNamed(dataDir, trigger, [name], by)).rejects.toThrow(/ of the inbox; the name of a file/);
    for (const by of BOTH)
      for (const name of ['../runs.sqlite', 'link.csv', '.', 'nothing.csv']) await refused(name, by);
  });

  it('finds a folder where one may be named, unless there is a link in it', async () => {
    const { dataDir, inbox, outside } = makeDataDir();
    expect(await resolveNamed(dataDir, 'MUTATION', ['my_data'], EXPORTS)).toEqual([join(inbox, 'my_data')]);
    await expect(resolveNamed(dataDir, 'MUTATION', ['my_data'], FILES)).rejects.toThrow(
      /no file of the inbox/,
    );
    mkdirSync(join(inbox, 'my_data', 'deep'));
    symlinkSync(outside, join(inbox, 'my_data', 'deep', 'endsong_1.json'));
    await expect(resolveNamed(dataDir, 'MUTATION', ['my_data'], EXPORTS)).rejects.toThrow(
      /without links in it/,
    );
  });
});
