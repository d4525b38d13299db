// Whether nobody listens at an address. Only a refusal proves it: who answers with something else, late, or not at all, is somebody.
import { connect } from 'node:net';
import { systemClock } from '../clock.ts';

const ANSWER_MS = 2_000;
/** An address that a name has and this machine lacks, such as ::1 of localhost where there is no IPv6, is nobody's. */
const NOT_HERE: readonly unknown[] = ['EADDRNOTAVAIL', 'ENETUNREACH', 'EAFNOSUPPORT'];

/** Whether a connection to the address is refused, by each address of its name that this machine has. */
export function isPortClosed(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
  return new Promise((resolve) => {
    const end = (isClosed: boolean) => {
      cancel();
      socket.destroy();
      resolve(isClosed);
    };
    const cancel = systemClock.after(ANSWER_MS, () => end(false));
    socket.once('connect', () => end(false));
    socket.on('error', (error) => end(isRefusal(error)));
  });
}

function isRefusal(error: NodeJS.ErrnoException): boolean {
  const each: readonly NodeJS.ErrnoException[] = error instanceof AggregateError ? error.errors : [error];
  const codes = each.map(({ code }) => code);
  return (
    codes.includes('ECONNREFUSED') &&
    codes.every((code) => code === 'ECONNREFUSED' || NOT_HERE.includes(code))
  );
}
