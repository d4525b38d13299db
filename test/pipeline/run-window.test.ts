import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { openCrawlSources } from '../../src/pipeline/crawl/crawl-sources.ts';
import { openRunWindow } from '../../src/pipeline/run-window.ts';
import { createRunScope } from '../../src/pipeline/runs/run-scope.ts';
import type { StepContext } from '../../src/pipeline/step.ts';
import { startSandbox } from '../../src/sources/sandbox/server.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { sandboxEnv } from '../fixtures/sandbox-env.ts';
import { createJumpingClock } from '../sources/scripted-source.ts';

const SETTINGS = { GROOVELAKE_CRAWL_WINDOW_REQUESTS: '21', GROOVELAKE_MAX_WORKERS: '2' };

describe('the window of a run', () => {
  it.each([
    ['1', 'CRAWL', 14],
    ['1', 'HISTORY', 7],
    ['2', 'CRAWL', 8],
    ['2', 'REFRESH', 8],
    ['2', 'HISTORY', 4],
    ['16', 'CRAWL', 1],
    ['16', 'HISTORY', 1],
  ] as const)('is its part of the calls that all runs side by side may make: with %s, of %s, %i', async (workers, pipeline, places) => {
    const clock = createJumpingClock();
    const config = readConfig({ ...SETTINGS, GROOVELAKE_MAX_WORKERS: workers });
    const run = { pipeline } as StepContext['run'];
    const window = openRunWindow({ config, clock, scope: createRunScope(silentLog), run });
    for (let n = 0; n < places; n++) (await window.enter())();
    expect(clock.waits).toEqual([]);
    (await window.enter())();
    expect(clock.waits).toEqual([30_001]);
  });

  it('is shared by the tries of a step: what one has sent the next one reckons with', async () => {
    const clock = createJumpingClock();
    const sandbox = await startSandbox({ clock: systemClock, artists: 20, profile: 'dev2026' });
    const runs = openSqliteRuns(':memory:');
    onTestFinished(async () => {
      await runs.close();
      await sandbox.close();
    });
    const context: Partial<StepContext> = {
      config: readConfig({ ...SETTINGS, ...sandboxEnv(sandbox) }),
      clock,
      random: seededRandomness(1),
      signal: new AbortController().signal,
      runs,
      scope: createRunScope(silentLog),
      run: { createdAt: clock.now(), parameters: {} } as StepContext['run'],
      event: () => {},
    };
    const ids = [...sandbox.catalogue.trackById.keys()].slice(0, 14);
    for (const part of [ids.slice(0, 7), ids.slice(7)]) {
      const sources = await openCrawlSources(context as StepContext, async () => {});
      await sources.spotify.tracks(part, async () => {});
      await sources.save();
      await sources.close();
    }
    // One refusal of a batch and fourteen tracks, ten at a time.
    expect(sandbox.requests.count('tracks') + sandbox.requests.count('track')).toBe(15);
    expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(30_000);
  });
});
