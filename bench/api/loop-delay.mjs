// Loaded into a measured server by --import: on SIGUSR2 appends how late its event loop ran since the last time, in ms, to LOOP_DELAY_FILE.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 5;

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('SIGUSR2', () => {
    // What is measured is the time between two timers, of which the resolution is none of the loop's delay.
    const read = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const line = { p50: read(delay.percentile(50)), p99: read(delay.percentile(99)), worst: read(delay.max) };
    appendFileSync(process.env.LOOP_DELAY_FILE, `${JSON.stringify(line)}\n`);
    delay.reset();
  });
}
