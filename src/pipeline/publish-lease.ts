// The lease under which one run at a time builds and publishes.
import type { Claim } from '../store/runs/run-store.ts';

export const PUBLISH_LEASE = 'publish';

/** A run holds it per claim, so that what a dead worker held can be let go, and nothing else. */
export function namePublishHolder({ runId, fence }: Claim): string {
  return `${runId}:${fence}`;
}
