// What bin/groovelake.js does for the processes it starts.
import { fileURLToPath } from 'node:url';

/** Lets processes that are started from here read what an earlier one made of its modules, as a worker does that a server starts. */
export function keepCompiled(): void {
  process.env.NODE_COMPILE_CACHE ||= fileURLToPath(
    new URL('../node_modules/.cache/groovelake', import.meta.url),
  );
}
