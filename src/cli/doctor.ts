// groovelake doctor: looks at everything a start depends on, and says of each what is wrong and what to do.
import { isGroovelakeError } from '../errors.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { CHECKS, type Finding, SPOTIFY_CHECK } from './doctor-checks.ts';
import { toOrdinary } from './ordinary-error.ts';

export const doctorCommand: Command = {
  run: examine,
};

/** @returns 0 when nothing is broken; what is merely worth knowing does not count */
async function examine({ words, config, terminal }: CommandParts): Promise<number> {
  const { values } = parseWords(words, 0, { online: { type: 'boolean' }, json: { type: 'boolean' } });
  const findings: (Finding & { name: string })[] = [];
  for (const { name, look } of values.online ? [...CHECKS, SPOTIFY_CHECK] : CHECKS) {
    const finding = await look(config).catch((cause: unknown): Finding => {
      const error = toOrdinary(cause);
      return { state: 'broken', message: isGroovelakeError(error) ? error.message : String(error) };
    });
    findings.push({ name, ...finding });
    if (!values.json) terminal.line(`${MARKS[finding.state]} ${name.padEnd(9)} ${finding.message}`);
  }
  if (values.json) terminal.line(JSON.stringify(findings, null, 2));
  return findings.some(({ state }) => state === 'broken') ? 1 : 0;
}

const MARKS = { fine: 'ok  ', notable: 'note', broken: 'FAIL' } as const;
