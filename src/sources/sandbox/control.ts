// How a test in any language steers a sandbox that runs alone: settings, faults and the log of requests under /sandbox.
import { isGroovelakeError } from '../../errors.ts';
import { parseFault } from './fault-text.ts';
import type { FaultPlan } from './faults.ts';
import { json, type Reply } from './reply.ts';
import { parseSetting, type SandboxSettings } from './settings.ts';

export interface Control {
  readonly settings: SandboxSettings;
  readonly requests: FaultPlan;
}

/** Answers to a path below /sandbox; null where there is nothing. The body is read as text. */
export function answerControl(
  method: string,
  path: string,
  body: string,
  { settings, requests }: Control,
): Reply | null {
  switch (`${method} ${path}`) {
    case 'GET /settings':
      return json(settings);
    case 'PATCH /settings':
      return orRefusal(() => {
        const changes = Object.entries(JSON.parse(body) as Record<string, unknown>);
        // All are read before one is taken over.
        const parsed = changes.map(([name, value]) => parseSetting(name, String(value)));
        Object.assign(settings, ...parsed);
        return json(settings);
      });
    case 'GET /faults':
      return json(requests.faults);
    case 'POST /faults':
      return orRefusal(() => {
        const lines = body.split('\n').filter((line) => line.trim() !== '');
        for (const fault of lines.map(parseFault)) requests.add(fault);
        return json(requests.faults, 201);
      });
    case 'DELETE /faults':
      requests.clear();
      return json([]);
    case 'GET /requests':
      return json(requests.entries);
    case 'GET /requests/counts':
      return json(countFamilies(requests));
    case 'DELETE /requests':
      requests.clearLog();
      return json([]);
    default:
      return null;
  }
}

/** Logged requests by family. */
function countFamilies({ entries }: Pick<FaultPlan, 'entries'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { family } of entries) counts[family] = (counts[family] ?? 0) + 1;
  return counts;
}

function orRefusal(work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    const isTheirs = isGroovelakeError(error) || error instanceof SyntaxError;
    if (isTheirs) return json({ error: (error as Error).message }, 400);
    throw error;
  }
}
