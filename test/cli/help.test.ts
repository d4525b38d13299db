import { describe, expect, it } from 'vitest';
import { asksForHelp, renderCommand, renderHelp } from '../../src/cli/help.ts';

const command = {
  name: 'runs',
  usage: 'runs [--first N] [--pipeline P] [--status S] [--trigger T] [--since TIME] [--json] [--more WORDS]',
  does: 'list runs, newest first; and so many words more that one line of a terminal cannot hold them all',
};

describe('help', () => {
  it('keeps to 80 columns and breaks no brackets', () => {
    const lines = renderHelp([command]).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const told = renderCommand(command).split('\n');
    expect(told[0]).toMatch(/^ {2}groovelake runs \[--first N\]/);
    expect(told[1]).toMatch(/^ {4}\[/);
    expect(told.map((line) => line.trim()).join(' ')).toBe(`groovelake ${command.usage} ${command.does}`);
  });

  it('is asked for by --help or -h anywhere, unless behind --', () => {
    expect(asksForHelp(['CRAWL', '--help'])).toBe(true);
    expect(asksForHelp(['-h'])).toBe(true);
    expect(asksForHelp(['CRAWL', '--', '--help'])).toBe(false);
    expect(asksForHelp(['CRAWL'])).toBe(false);
  });
});
