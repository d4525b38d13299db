import { expect, it } from 'vitest';
import { toOrdinary } from '../../src/cli/ordinary-error.ts';

const failure = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: it failed`), { code, ...(path === undefined ? {} : { path }) });

it.each([
  ['EACCES', 'CONFIG', '"/data/tmp" cannot be used (EACCES): this user may not use it.'],
  ['EROFS', 'CONFIG', '"/data/tmp" cannot be used (EROFS): its disk cannot be written.'],
  ['ENOSPC', 'DISK_FULL', '"/data/tmp" could not be written: its disk is full. Free space'],
])('toOrdinary says %s in words, as %s with the path', (given, code, message) => {
  expect(toOrdinary(failure(given, '/data/tmp'))).toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

it.each([
  ['EACCES', 'Port 80 of 127.0.0.1 cannot be listened on (EACCES): this user may not open it.'],
  ['EADDRINUSE', 'Port 80 of 127.0.0.1 cannot be listened on (EADDRINUSE): another program already uses it.'],
])('toOrdinary says of a port why it cannot be listened on (%s), and blames no file', (code, message) => {
  const refused = Object.assign(failure(code), { syscall: 'listen', address: '127.0.0.1', port: 80 });
  expect(toOrdinary(refused)).toMatchObject({ code: 'CONFIG', message: expect.stringContaining(message) });
});

it('toOrdinary leaves what it does not know as it is', () => {
  const unknown = failure('ERR_SOMETHING', '/data');
  expect(toOrdinary(unknown)).toBe(unknown);
  expect(toOrdinary(null)).toBeNull();
  const nowhere = failure('EACCES');
  expect(toOrdinary(nowhere)).toBe(nowhere);
});
