// Prints the table of settings from src/config.ts into docs/configuration.md: `npm run docs:config`.
import { writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/config.ts';

export function renderConfiguration(): string {
  const rows = Object.values(SETTINGS).map(
    ({ variable, meaning, unit, shown, accepts }) =>
      `| \`${variable}\` | ${meaning} | ${unit} | ${shown === '' ? '(not set)' : `\`${shown}\``} | ${accepts} |`,
  );
  return `# Configuration

Every setting is an environment variable. A value that is not accepted, or a \`GROOVELAKE_\` variable that does not exist, ends the
start with a message that names it. This page is printed from \`src/config.ts\` by \`npm run docs:config\`.

| variable | meaning | unit | default | accepts |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === import.meta.filename) writeFileSync('docs/configuration.md', renderConfiguration());
