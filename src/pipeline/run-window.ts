// A run's share of the calls that may be made to Spotify in any 30 seconds.
import { type CallWindow, createWindow } from '../sources/window.ts';
import type { StepContext } from './step.ts';

/**
 * One window for all steps, tries and accounts of a run. Runs side by side are processes of their own that know nothing of each other's
 * calls: each has the part that is left when as many as may be under way are, and HISTORY, which has a place beside them, half as much.
 */
export function openRunWindow({
  config,
  clock,
  scope,
  run,
}: Pick<StepContext, 'config' | 'clock' | 'scope' | 'run'>): CallWindow {
  const halves = run.pipeline === 'HISTORY' ? 1 : 2;
  const share = Math.max(1, Math.floor((config.crawlWindowRequests * halves) / (2 * config.maxWorkers + 1)));
  return scope.get<CallWindow>(KEY) ?? scope.set(KEY, createWindow(share, clock));
}

const KEY = 'window of calls';
