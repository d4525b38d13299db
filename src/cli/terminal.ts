// What the command line writes to: lines for whoever reads, and on a terminal one line that is overwritten.

export interface Terminal {
  readonly isInteractive: boolean;
  /** Writes a line that stays. */
  line(text: string): void;
  /** Shows a passing state: overwritten on a terminal, not written at all elsewhere. */
  status(text: string): void;
  /** Writes a line about a failure. */
  error(text: string): void;
}

export function createTerminal(
  out: { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined },
  err: { write(text: string): unknown },
): Terminal {
  const isInteractive = out.isTTY === true;
  let hasStatus = false;
  const clear = () => {
    if (hasStatus) out.write('\r\u001b[2K');
    hasStatus = false;
  };
  return {
    isInteractive,
    line: (text) => {
      clear();
      out.write(`${text}\n`);
    },
    status: (text) => {
      if (!isInteractive) return;
      clear();
      out.write(text.slice(0, Math.max(20, (out.columns ?? 80) - 1)));
      hasStatus = true;
    },
    error: (text) => {
      clear();
      err.write(`${text}\n`);
    },
  };
}
