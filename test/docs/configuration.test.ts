import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderConfiguration } from '../../docs/print-config.ts';

it('docs/configuration.md is what src/config.ts says (npm run docs:config prints it anew)', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(renderConfiguration());
});
