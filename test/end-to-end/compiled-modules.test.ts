import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { runProgram } from './process.ts';

describe('a process of groovelake', () => {
  it('keeps what it has made of the modules for the next one', async () => {
    const folder = makeTempFolder();
    expect((await runProgram(['version'], { NODE_COMPILE_CACHE: folder })).code).toBe(0);
    expect(readdirSync(folder, { recursive: true }).length).toBeGreaterThan(20);
  });

  it('starts where nothing can be kept', async () => {
    const file = join(makeTempFolder(), 'file');
    writeFileSync(file, '');
    const { code, output } = await runProgram(['version'], { NODE_COMPILE_CACHE: join(file, 'folder') });
    expect(output).toMatch(/^groovelake|^\d/i);
    expect(code).toBe(0);
  });
});
