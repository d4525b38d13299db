import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../src/cli/terminal.ts';

function open(isTTY: boolean) {
  let text = '';
  const out = { isTTY, write: (part: string) => (text += part) };
  return { terminal: createTerminal(out, out), text: () => text };
}

describe('a terminal', () => {
  it('shows sequences that a name holds, and obeys none of them', () => {
    const { terminal, text } = open(true);
    terminal.status('\u001b]0;owned\u0007', 'two\nlines');
    expect(text()).toBe('\\u001b]0;owned\\u0007\ntwo\\u000alines');
    const before = text().length;
    terminal.line('a\u001b[2J\tb\nc\u009b\u202e\r');
    terminal.error('\u001b[31mred');
    expect(text().slice(before)).toBe(
      '\r\u001b[1A\u001b[Ja\\u001b[2J\tb\nc\\u009b\\u202e\\u000d\n\\u001b[31mred\n',
    );
  });

  it('leaves JSON what it is', () => {
    const { terminal, text } = open(false);
    const value = { name: 'a\u009b\u202e\u007f\u001b' };
    terminal.line(JSON.stringify(value, null, 2));
    expect(JSON.parse(text())).toEqual(value);
  });
});
