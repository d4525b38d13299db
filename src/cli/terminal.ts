// What the command line writes to: lines for whoever reads, and on a terminal one line that is overwritten. Names and reasons come from
// anywhere, and may hold sequences that a terminal obeys: they are shown instead.
import { showControls } from '../log.ts';

export interface Terminal {
  readonly isInteractive: boolean;
  /** Writes a line that stays. */
  line(text: string): void;
  /** Shows a passing state, of one line or several: overwritten on a terminal, not written at all elsewhere. */
  status(...lines: readonly string[]): void;
  /** Writes a line about a failure. */
  error(text: string): void;
}

export function createTerminal(
  out: { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined },
  err: { write(text: string): unknown },
): Terminal {
  const isInteractive = out.isTTY === true;
  let shown = 0;
  const clear = () => {
    // Up to the first line of what is shown, then everything below it goes.
    if (shown > 0) out.write(`\r${shown > 1 ? `\u001b[${shown - 1}A` : ''}\u001b[J`);
    shown = 0;
  };
  return {
    isInteractive,
    line: (text) => {
      clear();
      out.write(`${showControls(text, '\n\t')}\n`);
    },
    status: (...lines) => {
      if (!isInteractive) return;
      clear();
      const width = Math.max(20, (out.columns ?? 80) - 1);
      out.write(lines.map((line) => showControls(line).slice(0, width)).join('\n'));
      shown = lines.length;
    },
    error: (text) => {
      clear();
      err.write(`${showControls(text, '\n\t')}\n`);
    },
  };
}
