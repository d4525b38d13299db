// What the command line says of itself: all commands, or one.
import type { Told } from './command.ts';

/** Narrower than that no terminal is; a longer line would be broken anywhere. */
const WIDTH = 80;
/** What is in brackets stays together. */
const WORDS = /(?:\[[^\]]*\]|\S)+/g;

/** All commands, in two lines or more each. */
export function renderHelp(commands: readonly Told[]): string {
  return [
    'Groovelake: a self-hosted music lakehouse with a typed GraphQL API.',
    '',
    ...commands.map(renderCommand),
    '',
    '"groovelake COMMAND --help" shows one of them. Settings are environment',
    'variables: docs/configuration.md.',
  ].join('\n');
}

/** One command, as help of everything has it. */
export function renderCommand({ usage, does }: Told): string {
  return [...wrap(`groovelake ${usage}`, 2, 4), ...wrap(does, 6, 6)].join('\n');
}

/** Whether the words behind a command's name ask what it does. */
export function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).some((word) => word === '--help' || word === '-h');
}

function wrap(text: string, indent: number, further: number): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  for (const word of text.match(WORDS) ?? []) {
    const isBegun = line.trim() !== '';
    if (isBegun && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(further) + word;
    } else {
      line += isBegun ? ` ${word}` : word;
    }
  }
  return [...lines, line];
}
