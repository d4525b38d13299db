// Prints the tables of settings from src/config/ into docs/configuration.md: `npm run docs:config`.
import { writeFileSync } from 'node:fs';
import { API_SETTINGS } from '../src/config/api.ts';
import type { Setting } from '../src/config/kinds.ts';
import { LAKEHOUSE_SETTINGS } from '../src/config/lakehouse.ts';
import { MONGODB_SETTINGS } from '../src/config/mongodb.ts';
import { RUNS_SETTINGS } from '../src/config/runs.ts';
import { SERVER_SETTINGS } from '../src/config/server.ts';
import { SIMILARITY_SETTINGS } from '../src/config/similarity.ts';
import { SOURCES_SETTINGS } from '../src/config/sources.ts';
import { WEBHOOK_SETTINGS } from '../src/config/webhooks.ts';

/** In the order of src/config.ts. */
const SUBJECTS: readonly (readonly [string, Readonly<Record<string, Setting<unknown>>>])[] = [
  ['The server and its keys', SERVER_SETTINGS],
  ['MongoDB', MONGODB_SETTINGS],
  ['Sources, crawls and imports', SOURCES_SETTINGS],
  ['Building, serving and keeping data', LAKEHOUSE_SETTINGS],
  ['The API and its limits', API_SETTINGS],
  ['Runs, schedules and listening', RUNS_SETTINGS],
  ['Similar tracks', SIMILARITY_SETTINGS],
  ['Webhooks and health', WEBHOOK_SETTINGS],
];

export function renderConfiguration(): string {
  return `# Configuration

Every setting is an environment variable. A value that is not accepted, or a \`GROOVELAKE_\` variable that does not exist, ends the
start with a message that names it. This page is printed from \`src/config.ts\` by \`npm run docs:config\`.

${SUBJECTS.map(([subject]) => `- [${subject}](#${subject.toLowerCase().replaceAll(',', '').replaceAll(' ', '-')})`).join('\n')}
${SUBJECTS.map(([subject, settings]) => renderSubject(subject, Object.values(settings))).join('')}`;
}

function renderSubject(subject: string, settings: readonly Setting<unknown>[]): string {
  return `
## ${subject}

| variable | meaning | unit | default | accepts |
|---|---|---|---|---|
${settings.map(renderRow).join('\n')}
`;
}

function renderRow({ variable, meaning, unit, shown, accepts }: Setting<unknown>): string {
  const cells = [`\`${variable}\``, meaning, unit, shown === '' ? '(not set)' : `\`${shown}\``, accepts];
  // A pipe begins a new cell, in code too.
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

if (process.argv[1] === import.meta.filename) writeFileSync('docs/configuration.md', renderConfiguration());
