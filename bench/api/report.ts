// The table of a run: medians over its rounds, and each figure as a ratio to the yardstick's.
import { execFileSync } from 'node:child_process';
import type { MeasuredServer } from './servers.ts';

export interface Cell {
  readonly workload: string;
  readonly connections: number;
  readonly server: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** The server's own, per request. */
  readonly cpuMs: number;
  readonly rssMiB: number;
  readonly errors: number;
}

const YARDSTICK = 'yardstick';

export function printTable(
  cells: readonly Cell[],
  servers: readonly MeasuredServer[],
  about: { scale: string; seconds: string; rounds: string },
): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const others = servers.filter(({ name }) => name !== YARDSTICK).map(({ name }) => name);
  const head = ['', 'conn.', YARDSTICK, ...others.map((name) => `${name} (ratio of requests/s, CPU, p99)`)];
  const groups = [...new Set(cells.map(({ workload, connections }) => `${workload} ${connections}`))];
  const rows = groups.map((group) => {
    const [workload = '', connections = ''] = group.split(' ');
    const of = (server: string) =>
      cells.filter((cell) => `${cell.workload} ${cell.connections}` === group && cell.server === server);
    const base = of(YARDSTICK);
    return [
      workload,
      connections,
      describe(base),
      ...others.map((name) => `${describe(of(name))} (${compare(of(name), base)})`),
    ];
  });
  const starts = servers
    .map(({ name, firstAnswerSeconds }) => {
      const rss = Math.max(0, ...cells.filter((cell) => cell.server === name).map((cell) => cell.rssMiB));
      return `${name} ${firstAnswerSeconds.toFixed(1)} s, ${rss} MiB`;
    })
    .join('; ');
  const errors = cells.reduce((sum, cell) => sum + cell.errors, 0);
  return [
    `## ${about.scale}, ${new Date().toISOString().slice(0, 16)}Z, commit ${commit}`,
    '',
    `${about.rounds} rounds of ${about.seconds} s a cell, medians; requests/s, CPU ms a request, p99 ms. First answer and largest memory: ${starts}. Errors: ${errors}.`,
    '',
    toLine(head),
    toLine(head.map((_, at) => (at < 1 ? '---' : '--:'))),
    ...rows.map(toLine),
  ].join('\n');
}

function describe(cells: readonly Cell[]): string {
  if (cells.length === 0) return '-';
  const { perSecond, cpuMs, p99 } = medians(cells);
  return `${round(perSecond)}/s, ${cpuMs.toPrecision(2)}, ${p99.toPrecision(2)}`;
}

function compare(cells: readonly Cell[], base: readonly Cell[]): string {
  if (cells.length === 0 || base.length === 0) return '-';
  const [a, b] = [medians(cells), medians(base)];
  return [a.perSecond / b.perSecond, b.cpuMs / a.cpuMs, b.p99 / a.p99]
    .map((ratio) => (Number.isFinite(ratio) && ratio > 0 ? `${round(ratio)}x` : '-'))
    .join(', ');
}

function medians(cells: readonly Cell[]): { perSecond: number; cpuMs: number; p99: number } {
  const of = (pick: (cell: Cell) => number) => {
    const sorted = cells.map(pick).sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1
      ? (sorted[middle] ?? 0)
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  };
  return {
    perSecond: of((c) => c.perSecond),
    cpuMs: Math.max(
      of((c) => c.cpuMs),
      0.001,
    ),
    p99: of((c) => c.p99),
  };
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

function toLine(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`;
}
