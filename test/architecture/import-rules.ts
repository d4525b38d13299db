// The arrows of ARCHITECTURE.md as a table, and a pure check of files against it. An import is read off the text: Biome keeps
// every import in one of three plain forms, so no parser is needed.
import { posix } from 'node:path';

export interface SourceFile {
  /** From the project's root, with forward slashes: src/store/duckdb.ts */
  readonly path: string;
  readonly text: string;
}

/** What each room of src/ may import of ours, besides itself and FREE. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schema: ['store', 'recommend'],
  pipeline: ['sources', 'store', 'recommend'],
  http: ['store'],
  store: [],
  sources: [],
  recommend: [],
  server: ['schema', 'http', 'store', 'sources', 'pipeline', 'recommend'],
  cli: ['schema', 'http', 'store', 'sources', 'pipeline', 'recommend', 'server'],
};

/**
 * What each folder of a room may import of the others in it. Files directly in the room are for all of its folders, and may import
 * any; a room that is not named here has no rule.
 */
const FOLDERS_MAY_IMPORT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  store: {
    snapshots: [],
    serving: ['snapshots'],
    columns: ['snapshots'],
    catalog: ['snapshots', 'serving', 'columns'],
    export: ['snapshots', 'catalog'],
    listening: ['snapshots', 'catalog'],
    backup: ['snapshots'],
    runs: ['listening', 'mongo'],
    landing: ['runs', 'mongo'],
    access: ['runs', 'listening', 'mongo'],
    deliveries: ['mongo'],
    // Opens what its adapters are; they have their connection from it.
    mongo: ['landing', 'runs', 'access', 'deliveries'],
  },
  pipeline: {
    runs: [],
    bronze: [],
    import: [],
    build: ['bronze'],
    listening: ['runs'],
    crawl: ['build', 'listening', 'runs'],
  },
  http: {
    limits: [],
    export: ['limits'],
    'quick-lane': ['limits'],
  },
  schema: {
    runs: [],
    access: ['runs'],
    snapshots: ['runs'],
    catalog: ['runs'],
    stats: ['catalog'],
    listening: ['stats'],
    similarity: ['catalog', 'stats', 'listening'],
  },
};

/** May be imported by every room, and import only each other. */
const FREE = ['config', 'errors', 'near-miss', 'clock', 'turns', 'log', 'source-memory', 'version'];

/** Packages that belong to one room: only it may know their clients. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@duckdb/node-api': ['store'],
  'node:sqlite': ['store'],
  mongodb: ['store'],
  graphql: ['schema', 'http', 'server'],
  '@pothos/core': ['schema'],
  dataloader: ['schema'],
  'graphql-yoga': ['http', 'server'],
  'hnswlib-node': ['recommend'],
  'node-cron': ['pipeline'],
  yauzl: ['sources'],
};

/** Calls that belong behind the ports of src/clock.ts. */
const AMBIENT =
  /\b(Date\.now\b|new Date(?:\(\)|\b(?!\())|setTimeout\(|setInterval\(|Math\.random\b|performance\.now\b|randomUUID\b|randomBytes\b|randomInt\b|getRandomValues\b|hrtime\b|process\.uptime\b)/;

/** Of the timers that come as promises, the one that waits for no time. */
const TIMERS = /import\s*(?:type\s*)?([^;]*?)\s*from\s*['"](?:node:)?timers(?:\/promises)?['"]/g;
const NO_TIME = /^\{\s*setImmediate(?: as \w+)?,?\s*\}$/;

/** Returns a line per broken rule, each naming file, import and rule; empty when all hold. */
export function findBrokenRules(files: readonly SourceFile[]): string[] {
  return files.filter((file) => file.path.startsWith('src/')).flatMap(checkFile);
}

function checkFile(file: SourceFile): string[] {
  const room = roomOf(file.path);
  const broken = listImports(file.text).flatMap((specifier) => checkImport(file.path, room, specifier) ?? []);
  const isPort = file.path === 'src/clock.ts';
  if (isPort) return broken;
  const code = stripComments(file.text);
  const timers = [...code.matchAll(TIMERS)].flatMap(([, names = '']) => (NO_TIME.test(names) ? [] : [names]));
  const ambient = [...(AMBIENT.exec(code)?.slice(1) ?? []), ...timers];
  return [
    ...broken,
    ...ambient.map((name) => `${file.path} uses ${name}: time and chance come through src/clock.ts`),
  ];
}

function checkImport(path: string, room: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) {
    const owner = Object.keys(OWNERS).find((name) => specifier === name || specifier.startsWith(`${name}/`));
    return owner && !OWNERS[owner]?.includes(room)
      ? `${path} imports ${specifier}, which belongs to ${OWNERS[owner]?.join(', ')}`
      : null;
  }
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  if (!target.startsWith('src/'))
    return target === 'package.json' ? null : `${path} imports ${target}, which is outside src/`;
  const other = roomOf(target);
  if (other === room) return checkWithinRoom(room, path, target);
  if (FREE.includes(room))
    return FREE.includes(other) ? null : `${path} imports ${target}: ${room} imports nothing of ours`;
  return FREE.includes(other) || MAY_IMPORT[room]?.includes(other)
    ? null
    : `${path} imports ${target}: ${room} may import ${[...(MAY_IMPORT[room] ?? []), ...FREE].join(', ')}`;
}

function checkWithinRoom(room: string, path: string, target: string): string | null {
  const [from, to] = [folderOf(path), folderOf(target)];
  const folders = FOLDERS_MAY_IMPORT[room];
  if (!folders || from === null || to === null || from === to) return null;
  const allowed = folders[from] ?? [];
  return allowed.includes(to)
    ? null
    : `${path} imports ${target}: ${room}/${from} may import ${allowed.join(', ') || `no other folder of ${room}`}`;
}

/** The folder within a room; null for a file directly in it. */
function folderOf(path: string): string | null {
  const [, , folder = '', file] = path.split('/');
  return file === undefined ? null : folder;
}

/** The room a file stands in: the folder under src/, or the file's own name for those directly in it. */
function roomOf(path: string): string {
  const [, first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

function listImports(text: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
