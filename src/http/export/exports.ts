// What leaves as a file: relations under /export, and queries whose client accepts a table.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type DocumentNode, type GraphQLError, type GraphQLSchema, print } from 'graphql';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { CancelledError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { ExportForm } from '../../store/export/export-form.ts';
import { CONTENT_TYPES } from '../../store/export/export-format.ts';
import { openExport } from '../../store/export/open-export.ts';
import type { AsOf } from '../../store/snapshots/kept.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import type { Access } from '../access.ts';
import { answerError, DATA_HEADERS } from '../answers.ts';
import { statusOf } from '../error-codes.ts';
import { cachingHeaders, isNotModified, type MakeEtag, toEtag } from '../etag.ts';
import { createPlaces, type Places } from '../limits/admission.ts';
import { type RateLimit, READING_POINTS } from '../limits/rate-limit.ts';
import { findDocument, refuseRelation } from '../persisted.ts';
import { type ReadRequest, readRequestParams } from '../request-params.ts';
import type { Pinned, SnapshotPin } from '../snapshot-pin.ts';
import type { SnapshotRequest } from '../snapshot-plugin.ts';
import { findPublishedFile, mayBeFile, readExportAsOf, readRelationExport } from './relation-export.ts';
import { sendExport, sendFile } from './send-export.ts';
import { checkTable, openTable, type TableParams } from './table.ts';

export interface ExportRequest<T> {
  readonly pin: SnapshotPin<T>;
  /** Who asks, and what he may do. */
  readonly access: Access;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: string | null;
  readonly signal: AbortSignal;
}

export interface ExportsOptions<T> {
  readonly schema: GraphQLSchema;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly rate: RateLimit;
  readonly persisted: ReadonlyMap<string, string> | null;
  /** Whether the answer to a valid document stays the same as long as its snapshot answers, so that it may have a tag. */
  readonly isLasting: (document: DocumentNode) => boolean;
  readonly makeEtag: MakeEtag;
  /** A context whose lists may be as long as a page of a table. */
  readonly createContext: (request: ExportRequest<T>) => object;
  /** The older snapshot that an operation asks for, held open; null, and where nobody chooses: the served one. */
  readonly chooseSnapshot?: (request: SnapshotRequest) => Promise<Pinned<T> | null>;
  /** The manifest of an older snapshot that is whole. Without it asOf is not looked at. */
  readonly findWhole?: (asOf: AsOf) => Promise<Manifest>;
  readonly maskError: (error: unknown) => GraphQLError;
}

export interface Exports<T> {
  /** Answers /export/<relation>.<format>. */
  answerRelation(request: ExportRequest<T>): Promise<void>;
  /** Answers a query as a table. */
  answerTable(request: ExportRequest<T>, form: ExportForm): Promise<void>;
}

/** Rows of a relation that cost a point: a tenth of what they cost as objects of an answer, since the engine alone has work with them. */
const ROWS_PER_POINT = 100;

/** Readers of Parquet ask for many parts of a file at once, each of which is a read: as many have a place for one export that is made. */
const PARTS_OF_AN_EXPORT = 16;

export function createExports<T>(options: ExportsOptions<T>): Exports<T> {
  const { config, clock, rate } = options;
  const { exportTimeoutMs, exportMinKbPerSecond } = config;
  const limits = { clock, exportTimeoutMs, exportMinKbPerSecond };
  const placesFor = (what: string, times = 1) => {
    const most = config.maxExports * times;
    return createPlaces(
      {
        what,
        name: 'exports',
        limit: most,
        maxQueue: most,
        timeoutMs: config.queueTimeoutMs,
        share: config.maxKeyExports * times,
      },
      clock,
    );
  };
  const places = placesFor('exports');
  const parts = placesFor('parts of files', PARTS_OF_AN_EXPORT);
  const caching = ({ caller }: ExportRequest<T>) => cachingHeaders(config.cacheSeconds, caller);

  /** Takes the point for reading, and gives whatever the work throws an answer. The one place that it takes is over with it. */
  const answer = async (
    { request, response, signal, caller }: ExportRequest<T>,
    work: (takePlace: (of?: Places) => Promise<void>) => Promise<void>,
  ) => {
    let leave: (() => void) | undefined;
    try {
      rate.spend(caller, READING_POINTS);
      await work(async (of = places) => {
        leave ??= await of.enter(signal, caller);
      });
    } catch (error) {
      if (response.headersSent && !hasLeft(error))
        options.log.warn('An export was cut', { path: request.url, error });
      if (response.headersSent || signal.aborted) response.destroy();
      else answerGraphqlError(response, options.maskError(error));
    } finally {
      leave?.();
    }
  };

  const isKnown = (asked: ExportRequest<T>, etag: string, snapshotId: string): boolean => {
    const { request, response } = asked;
    if (!isNotModified(request.headers['if-none-match'], etag)) return false;
    response.writeHead(304, {
      etag,
      ...caching(asked),
      'x-groovelake-snapshot': snapshotId,
      ...DATA_HEADERS,
    });
    response.end();
    return true;
  };

  return {
    answerRelation: (asked) =>
      answer(asked, async (takePlace) => {
        const { request, response, pin, caller, signal } = asked;
        refuseRelation(config.persistedOnly);
        const url = addressOf(request);
        const asOf = readExportAsOf(url);
        // To look whether an older snapshot is whole is work; a published file, which is not known yet, may be had without a place for an export.
        if (asOf && !mayBeFile(url)) await takePlace();
        const manifest = asOf && options.findWhole ? await options.findWhole(asOf) : pin.get().manifest;
        const wanted = readRelationExport(url, manifest);
        const { relation, form, columns, limit, sql } = wanted;
        const published = findPublishedFile(wanted);
        // The content, not the snapshot: what a publish has not changed needs no second transfer. Of a file of which parts are asked for, its bytes.
        const etag = published
          ? toEtag(published.sha256)
          : options.makeEtag(relation.contentHash, relation.layer, relation.name, form, columns, limit);
        if (isKnown(asked, etag, manifest.id)) return;
        const headers = {
          etag,
          caching: caching(asked),
          snapshotId: manifest.id,
          fileName: `${relation.name}.${form.format}`,
        };
        const spend = (rows: number) =>
          rate.spend(caller, READING_POINTS + Math.floor(rows / ROWS_PER_POINT), READING_POINTS);
        if (published) {
          await takePlace(parts);
          const there = {
            path: join(config.dataDir, published.path),
            bytes: published.bytes,
            contentType: CONTENT_TYPES[form.format],
          };
          return await sendFile(request, response, there, headers, {
            ...limits,
            onShare: (share) => spend(relation.rows * share),
          });
        }
        await takePlace();
        spend(request.method === 'HEAD' ? 0 : Math.min(relation.rows, limit ?? Number.POSITIVE_INFINITY));
        const file = await openExport({
          manifest,
          dataDir: config.dataDir,
          config,
          clock,
          select: { sql, params: [] },
          form,
          signal,
          ...(limit !== null && { limit }),
        });
        await sendExport(request, response, file, headers, limits);
      }),
    answerTable: (asked, form) =>
      answer(asked, async (takePlace) => {
        const { request, response, pin, caller, signal } = asked;
        await takePlace();
        const params = readParams(request, options);
        const checked = checkTable({ params, caller, scope: asked.access.scope }, options);
        const { operationName, variables } = params;
        const chosen = await options.chooseSnapshot?.({
          schema: options.schema,
          document: checked.plan.document,
          operationName,
          variables,
        });
        if (chosen) pin.choose(chosen);
        const { manifest } = pin.get();
        const etag = options.makeEtag(
          manifest.id,
          print(checked.plan.document),
          checked.plan.first,
          checked.plan.after,
          checked.variables,
          form,
        );
        const isLasting = request.method !== 'POST' && options.isLasting(checked.plan.document);
        if (isLasting && isKnown(asked, etag, manifest.id)) return;
        const createContext = () => options.createContext(asked);
        const file = await openTable(
          {
            params,
            form,
            caller,
            scope: asked.access.scope,
            signal,
            createContext,
          },
          checked,
          options,
        );
        const headers = {
          etag: isLasting ? etag : null,
          caching: { ...caching(asked), ...(!isLasting && { 'cache-control': 'no-store' }) },
          snapshotId: manifest.id,
          fileName: `${checked.name ?? 'table'}.${form.format}`,
          leftOut: checked.plan.leftOut,
        };
        await sendExport(request, response, file, headers, limits);
      }),
  };
}

function addressOf({ url = '/' }: IncomingMessage): URL {
  return new URL(url, 'http://localhost');
}

/** Whether the error is that of an answer which nobody takes any more. */
function hasLeft(error: unknown): boolean {
  return (
    error instanceof CancelledError || (error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE'
  );
}

/** What is asked, with the text of a known operation in the place of its id. */
function readParams(
  request: IncomingMessage,
  { config, persisted }: Pick<ExportsOptions<never>, 'config' | 'persisted'>,
): TableParams {
  const params = readRequestParams(request as ReadRequest);
  return {
    query: findDocument(params, request.url ?? '/', persisted, config.persistedOnly),
    operationName: params.operationName ?? null,
    variables: params.variables ?? {},
  };
}

/** What is over in a moment. */
const RETRY_SOON = new Set(['OVERLOADED', 'OUT_OF_MEMORY']);

function answerGraphqlError(response: ServerResponse, error: GraphQLError): void {
  const { http, ...extensions } = error.extensions as {
    http?: { status?: number; headers?: Record<string, string> };
    code?: string;
  };
  const code = extensions.code ?? 'INTERNAL';
  const { locations, path } = error.toJSON();
  answerError(
    response,
    http?.status ?? statusOf(code) ?? 400,
    { ...extensions, code, message: error.message },
    http?.headers ?? (RETRY_SOON.has(code) ? { 'retry-after': '1' } : {}),
    { ...(locations && { locations }), ...(path && { path }) },
  );
}
