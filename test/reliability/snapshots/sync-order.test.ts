import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('publish-child.ts', import.meta.url));
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
if (!hasStrace) console.log('sync-order: skipped, strace is not on this machine or may not trace');

interface Call {
  readonly name: 'fsync' | 'rename' | 'link';
  /** What was synced, or what a rename or link was made from. */
  readonly path: string;
  readonly to: string;
}

/** The calls in order; an fsync counts from when it was over. */
function parse(trace: string): Call[] {
  const calls: Call[] = [];
  const pending = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const started = /^f(?:data)?sync\(\d+<([^>]+)>/.exec(rest)?.[1];
    if (started && rest.includes('unfinished')) pending.set(pid, started);
    else if (started && /= 0$/.test(rest)) calls.push({ name: 'fsync', path: started, to: '' });
    else if (/^<\.\.\. f(data)?sync resumed>.*= 0$/.test(rest))
      calls.push({ name: 'fsync', path: pending.get(pid) ?? '', to: '' });
    const moved = /^(rename|link)(?:at2?)?\((?:[^"]*)"([^"]+)"(?:[^"]*)"([^"]+)"/.exec(rest);
    if (moved) calls.push({ name: moved[1] as 'rename' | 'link', path: moved[2] ?? '', to: moved[3] ?? '' });
  }
  return calls;
}

describe.skipIf(!hasStrace)('what the kernel was asked for during a publish', () => {
  it('syncs every file before it has its name, every folder after, the manifest before CURRENT', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
    const out = `${dataDir}.trace`;
    try {
      for (const n of ['1', '2']) {
        const { status, stderr } = spawnSync(
          'strace',
          [
            '-f',
            '-y',
            '-s',
            '512',
            '-e',
            'trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat',
            '-o',
            out,
            process.execPath,
            CHILD,
            dataDir,
            n,
          ],
          { encoding: 'utf8' },
        );
        expect(status, stderr).toBe(0);
      }
      const calls = parse(readFileSync(out, 'utf8')).filter(({ path }) => path.startsWith(dataDir));
      const named = calls.map((call, at) => ({ ...call, at })).filter(({ to }) => to !== '');
      const manifest = named.find(({ to }) => dirname(to).endsWith('/snapshots'));
      const current = named.find(({ to }) => to === join(dataDir, 'CURRENT'));
      const isSynced = (path: string, after: number, before: number) =>
        calls.some((call, at) => call.name === 'fsync' && call.path === path && at > after && at < before);
      const violations = named.flatMap(({ name, path, to, at }) => {
        const due =
          to === current?.to ? calls.length : to === manifest?.to ? (current?.at ?? 0) : (manifest?.at ?? 0);
        return [
          ...(isSynced(path, -1, at) ? [] : [`${path} was not synced before its ${name}`]),
          ...(isSynced(dirname(to), at, due)
            ? []
            : [`${dirname(to)} was not synced in time after ${to} was named`]),
        ];
      });
      console.log(`sync-order: ${calls.length} calls, ${named.length} names given`);
      expect(violations).toEqual([]);
      expect(named.length).toBe(2 + 2 + 2);
      expect(manifest?.name).toBe('link');
      expect(current?.at).toBeGreaterThan(manifest?.at ?? calls.length);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(out, { force: true });
    }
  });
});
