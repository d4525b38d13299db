// The commands, as help tells of them. What one needs is loaded when it is called: few need the server, and some not even the engine.
import type { ListedCommand } from './command.ts';

/** In the order of help. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'start',
    usage: 'start [--role all|serve|worker]',
    does: 'serve the API; on an empty data folder crawl the sandbox first',
    load: async () => (await import('./start.ts')).startCommand,
  },
  {
    name: 'import',
    usage: 'import PATH... [--force] [--account ID]',
    does: 'land public data sets (CSV; --force: once more), or your Spotify data export (folder, ZIP, JSON)',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'login',
    usage: 'login [--account ID] [--port N]',
    does: 'connect a Spotify account, so that what it plays is kept',
    load: async () => (await import('./login.ts')).loginCommand,
  },
  {
    name: 'accounts',
    usage: 'accounts [create NAME | forget ID] [--json]',
    does: 'list whose listening is kept, make an account, or forget one and all that is its own',
    load: async () => (await import('./accounts.ts')).accountsCommand,
  },
  {
    name: 'run',
    usage: 'run PIPELINE [--top N] [--name NAME]... [--force] [--accept-loss] [--no-wait] [--json] ...',
    does: 'run CRAWL, TRANSFORM, REFRESH or HISTORY and show how it goes; docs/crawl.md has all options',
    load: async () => (await import('./runs.ts')).runCommand,
  },
  {
    name: 'runs',
    usage: 'runs [--first N] [--pipeline P] [--status S] [--trigger T] [--since TIME] [--json]',
    does: 'list runs, newest first',
    load: async () => (await import('./runs.ts')).runsCommand,
  },
  {
    name: 'logs',
    usage: 'logs [RUN] [--follow] [--level L] [--json]',
    does: "show a run's events; the latest run's unless one is named",
    load: async () => (await import('./control-run.ts')).logsCommand,
  },
  {
    name: 'cancel',
    usage: 'cancel RUN [--reason TEXT] [--json]',
    does: 'stop a run; what it has not published yet stays out',
    load: async () => (await import('./control-run.ts')).cancelCommand,
  },
  {
    name: 'retry',
    usage: 'retry RUN [--from start|failure] [--no-wait] [--json]',
    does: 'queue an ended run again, or go on with one that waits and has no server, and show how it goes',
    load: async () => (await import('./control-run.ts')).retryCommand,
  },
  {
    name: 'schedule',
    usage: 'schedule [PIPELINE] [--cron C] [--zone Z] [--pause|--resume|--reset] [--reason TEXT] [--json]',
    does: 'show schedules, or change one; also --missed, --overlap, --jitter SECONDS, --parameters JSON',
    load: async () => (await import('./schedule.ts')).scheduleCommand,
  },
  {
    name: 'batches',
    usage: 'batches [withdraw ID... | restore ID...] [--accept-loss] [--json]',
    does: 'list sealed batches, newest first; withdraw leaves some out of what is built from then on, restore takes them in again',
    load: async () => (await import('./batches.ts')).batchesCommand,
  },
  {
    name: 'snapshots',
    usage: 'snapshots [--json]',
    does: 'list kept snapshots, newest first; --rollback ID serves an older one, --sweep [--dry-run] removes what none needs',
    load: async () => (await import('./snapshots.ts')).snapshotsCommand,
  },
  {
    name: 'compact',
    usage: 'compact [--days N] [--dry-run] [--json]',
    does: 'make few bronze files of many; let landed bodies older than N days go that bronze is proved to hold; rebuilds and provenance stay whole',
    load: async () => (await import('./compact.ts')).compactCommand,
  },
  {
    name: 'sql',
    usage: 'sql "select ..." [--json]',
    does: 'query the published snapshot, read-only: gold.tracks, silver.tracks, ...; --snapshot ID another, --before ID one beside it: before.gold.tracks',
    load: async () => (await import('./sql.ts')).sqlCommand,
  },
  {
    name: 'export',
    usage: 'export RELATION [--format F] [-o FILE]',
    does: 'write a relation, or --sql "select ...", as csv, jsonl, parquet or arrow; --columns A,B, --limit N, --formulas text, --dialect D, --overwrite, --snapshot ID',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'backup',
    usage: 'backup FOLDER',
    does: 'copy the data folder, running or not, into a new folder: snapshot, bronze, listening, runs, landing',
    load: async () => (await import('./backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    usage: 'restore FOLDER',
    does: 'put a backup back into an empty data folder, every file checked by its hash',
    load: async () => (await import('./backup.ts')).restoreCommand,
  },
  {
    name: 'sandbox',
    usage: 'sandbox [--profile P] [--port N] [--fault F]...',
    does: "serve a stand-in for Spotify's, kworb's and ReccoBeats' HTTP; --help says more",
    help: async () => (await import('./sandbox.ts')).describeUsage(),
    load: async () => (await import('./sandbox.ts')).sandboxCommand,
  },
  {
    name: 'migrate',
    usage: 'migrate [--to N]',
    does: 'bring the MongoDB database to the latest migration, or to N',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  {
    name: 'keys',
    usage: 'keys create NAME [--scope S] [--days N] [--account ID] | keys list | keys revoke ID | keys open',
    does: 'make, list and revoke API keys (scopes read, operate, admin); open: none is wanted on this machine any more',
    load: async () => (await import('./keys.ts')).keysCommand,
  },
  {
    name: 'doctor',
    usage: 'doctor [--online] [--json]',
    does: 'check node, folder, disk, lock, schedules, snapshot, bronze, formats, accounts, keys, webhooks, port; --online asks Spotify too',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
];
