// Why a port cannot be listened on, and what helps, by the error's code; others are of the address.
export const REFUSED_PORT: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open it. Name one above 1023.',
  EADDRINUSE: 'another program already uses it. Stop that program, or name another port.',
};
