// Made by "npm run generate" of operations.graphql and what it uses of schema.graphql: 7cc6435eb3fa73d1. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AlbumFilter = {
  readonly albumType?: AlbumType | null | undefined;
  readonly and?: ReadonlyArray<AlbumFilter> | null | undefined;
  readonly artists?: ArtistListFilter | null | undefined;
  readonly id?: IdFilter | null | undefined;
  readonly isPreferred?: boolean | null | undefined;
  readonly label?: StringFilter | null | undefined;
  readonly market?: string | null | undefined;
  readonly name?: StringFilter | null | undefined;
  readonly not?: AlbumFilter | null | undefined;
  readonly or?: ReadonlyArray<AlbumFilter> | null | undefined;
  readonly popularity?: IntFilter | null | undefined;
  readonly releaseDate?: PartialDateFilter | null | undefined;
  readonly releaseYear?: IntFilter | null | undefined;
  readonly totalTracks?: IntFilter | null | undefined;
  readonly tracks?: TrackListFilter | null | undefined;
  readonly upc?: StringFilter | null | undefined;
};

export type AlbumListFilter = {
  readonly every?: AlbumFilter | null | undefined;
  readonly none?: AlbumFilter | null | undefined;
  readonly some?: AlbumFilter | null | undefined;
};

export type AlbumType =
  | 'ALBUM'
  | 'COMPILATION'
  | 'SINGLE';

export type ArtistFilter = {
  readonly albumCount?: IntFilter | null | undefined;
  readonly albums?: AlbumListFilter | null | undefined;
  readonly and?: ReadonlyArray<ArtistFilter> | null | undefined;
  readonly followers?: LongFilter | null | undefined;
  readonly genres?: StringListFilter | null | undefined;
  readonly id?: IdFilter | null | undefined;
  readonly monthlyListeners?: LongFilter | null | undefined;
  readonly name?: StringFilter | null | undefined;
  readonly not?: ArtistFilter | null | undefined;
  readonly or?: ReadonlyArray<ArtistFilter> | null | undefined;
  readonly popularity?: IntFilter | null | undefined;
  readonly streams?: LongFilter | null | undefined;
  readonly trackCount?: IntFilter | null | undefined;
  readonly tracks?: TrackListFilter | null | undefined;
};

export type ArtistListFilter = {
  readonly every?: ArtistFilter | null | undefined;
  readonly none?: ArtistFilter | null | undefined;
  readonly some?: ArtistFilter | null | undefined;
};

export type FeatureWeights = {
  readonly acousticness?: number | null | undefined;
  readonly artist?: number | null | undefined;
  readonly context?: number | null | undefined;
  readonly danceability?: number | null | undefined;
  readonly durationMs?: number | null | undefined;
  readonly energy?: number | null | undefined;
  readonly instrumentalness?: number | null | undefined;
  readonly liveness?: number | null | undefined;
  readonly loudness?: number | null | undefined;
  readonly popularity?: number | null | undefined;
  readonly releaseYear?: number | null | undefined;
  readonly speechiness?: number | null | undefined;
  readonly tempo?: number | null | undefined;
  readonly valence?: number | null | undefined;
};

export type FloatFilter = {
  readonly between?: ReadonlyArray<number> | null | undefined;
  readonly eq?: number | null | undefined;
  readonly gt?: number | null | undefined;
  readonly gte?: number | null | undefined;
  readonly in?: ReadonlyArray<number> | null | undefined;
  readonly isNull?: boolean | null | undefined;
  readonly lt?: number | null | undefined;
  readonly lte?: number | null | undefined;
  readonly ne?: number | null | undefined;
};

export type IdFilter = {
  readonly eq?: string | null | undefined;
  readonly in?: ReadonlyArray<string> | null | undefined;
  readonly ne?: string | null | undefined;
};

export type IntFilter = {
  readonly between?: ReadonlyArray<number> | null | undefined;
  readonly eq?: number | null | undefined;
  readonly gt?: number | null | undefined;
  readonly gte?: number | null | undefined;
  readonly in?: ReadonlyArray<number> | null | undefined;
  readonly isNull?: boolean | null | undefined;
  readonly lt?: number | null | undefined;
  readonly lte?: number | null | undefined;
  readonly ne?: number | null | undefined;
};

export type LogLevel =
  | 'DEBUG'
  | 'ERROR'
  | 'INFO'
  | 'WARN';

export type LongFilter = {
  readonly between?: ReadonlyArray<number> | null | undefined;
  readonly eq?: number | null | undefined;
  readonly gt?: number | null | undefined;
  readonly gte?: number | null | undefined;
  readonly in?: ReadonlyArray<number> | null | undefined;
  readonly isNull?: boolean | null | undefined;
  readonly lt?: number | null | undefined;
  readonly lte?: number | null | undefined;
  readonly ne?: number | null | undefined;
};

export type Mode =
  | 'MAJOR'
  | 'MINOR';

export type NoNeighborsReason =
  | 'CATALOGUE_TOO_SMALL'
  | 'FILTER_TOO_NARROW'
  | 'INDEX_NOT_READY'
  | 'NOTHING_PLAYED'
  | 'NO_AUDIO_FEATURES'
  | 'UNKNOWN_TRACK';

export type PartialDateFilter = {
  readonly between?: ReadonlyArray<string> | null | undefined;
  readonly eq?: string | null | undefined;
  readonly gt?: string | null | undefined;
  readonly gte?: string | null | undefined;
  readonly in?: ReadonlyArray<string> | null | undefined;
  readonly isNull?: boolean | null | undefined;
  readonly lt?: string | null | undefined;
  readonly lte?: string | null | undefined;
  readonly ne?: string | null | undefined;
};

export type PlaylistFilter = {
  readonly and?: ReadonlyArray<PlaylistFilter> | null | undefined;
  readonly followers?: LongFilter | null | undefined;
  readonly genre?: StringFilter | null | undefined;
  readonly id?: IdFilter | null | undefined;
  readonly name?: StringFilter | null | undefined;
  readonly not?: PlaylistFilter | null | undefined;
  readonly or?: ReadonlyArray<PlaylistFilter> | null | undefined;
  readonly subgenre?: StringFilter | null | undefined;
  readonly trackCount?: IntFilter | null | undefined;
};

export type PlaylistListFilter = {
  readonly none?: PlaylistFilter | null | undefined;
  readonly some?: PlaylistFilter | null | undefined;
};

export type RunStatus =
  | 'CANCELLED'
  | 'CANCELLING'
  | 'CRASHED'
  | 'FAILED'
  | 'PARTIAL'
  | 'QUEUED'
  | 'RUNNING'
  | 'SKIPPED'
  | 'SUCCEEDED'
  | 'TIMED_OUT'
  | 'WAITING';

export type StepStatus =
  | 'CANCELLED'
  | 'FAILED'
  | 'PARTIAL'
  | 'PENDING'
  | 'RUNNING'
  | 'SKIPPED'
  | 'SUCCEEDED'
  | 'WAITING';

export type StringFilter = {
  readonly contains?: string | null | undefined;
  readonly endsWith?: string | null | undefined;
  readonly eq?: string | null | undefined;
  readonly in?: ReadonlyArray<string> | null | undefined;
  readonly isNull?: boolean | null | undefined;
  readonly matches?: string | null | undefined;
  readonly ne?: string | null | undefined;
  readonly startsWith?: string | null | undefined;
};

export type StringListFilter = {
  readonly every?: StringFilter | null | undefined;
  readonly isEmpty?: boolean | null | undefined;
  readonly none?: StringFilter | null | undefined;
  readonly some?: StringFilter | null | undefined;
};

export type TrackFilter = {
  readonly acousticness?: FloatFilter | null | undefined;
  readonly album?: AlbumFilter | null | undefined;
  readonly and?: ReadonlyArray<TrackFilter> | null | undefined;
  readonly artists?: ArtistListFilter | null | undefined;
  readonly danceability?: FloatFilter | null | undefined;
  readonly durationMs?: IntFilter | null | undefined;
  readonly energy?: FloatFilter | null | undefined;
  readonly genres?: StringListFilter | null | undefined;
  readonly hasAudioFeatures?: boolean | null | undefined;
  readonly id?: IdFilter | null | undefined;
  readonly instrumentalness?: FloatFilter | null | undefined;
  readonly isExplicit?: boolean | null | undefined;
  readonly isPreferred?: boolean | null | undefined;
  readonly isrc?: StringFilter | null | undefined;
  readonly key?: IntFilter | null | undefined;
  readonly liveness?: FloatFilter | null | undefined;
  readonly loudness?: FloatFilter | null | undefined;
  readonly market?: string | null | undefined;
  readonly mode?: Mode | null | undefined;
  readonly name?: StringFilter | null | undefined;
  readonly not?: TrackFilter | null | undefined;
  readonly or?: ReadonlyArray<TrackFilter> | null | undefined;
  readonly playlists?: PlaylistListFilter | null | undefined;
  readonly popularity?: IntFilter | null | undefined;
  readonly recordingId?: IdFilter | null | undefined;
  readonly releaseDate?: PartialDateFilter | null | undefined;
  readonly releaseYear?: IntFilter | null | undefined;
  readonly source?: StringFilter | null | undefined;
  readonly speechiness?: FloatFilter | null | undefined;
  readonly tempo?: FloatFilter | null | undefined;
  readonly timeSignature?: IntFilter | null | undefined;
  readonly valence?: FloatFilter | null | undefined;
};

export type TrackListFilter = {
  readonly every?: TrackFilter | null | undefined;
  readonly none?: TrackFilter | null | undefined;
  readonly some?: TrackFilter | null | undefined;
};

export type TriggerCrawlInput = {
  readonly artistIds?: ReadonlyArray<string> | null | undefined;
  readonly artistNames?: ReadonlyArray<string> | null | undefined;
  readonly batchSize?: number | null | undefined;
  readonly force?: boolean | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly includeGroups?: ReadonlyArray<string> | null | undefined;
  readonly market?: string | null | undefined;
  readonly maxRequests?: number | null | undefined;
  readonly source?: string | null | undefined;
  readonly startIndex?: number | null | undefined;
  readonly top?: number | null | undefined;
  readonly waitSeconds?: number | null | undefined;
};

export type SearchQueryVariables = Exact<{
  term: string;
}>;


export type SearchQuery = { readonly search: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly score: number, readonly node:
        | { readonly __typename: 'Album', readonly id: string, readonly name: string, readonly releaseYear: number | null }
        | { readonly __typename: 'Artist', readonly id: string, readonly name: string }
        | { readonly __typename: 'Track', readonly id: string, readonly name: string }
       }> } | null };

export type ArtistPageQueryVariables = Exact<{
  id: string;
  tracks?: TrackFilter | null | undefined;
}>;


export type ArtistPageQuery = { readonly artist: { readonly name: string, readonly popularity: number | null, readonly genres: ReadonlyArray<{ readonly name: string }>, readonly albums: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly name: string, readonly releaseDate: string | null, readonly albumType: AlbumType | null }> }, readonly tracks: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly releaseYear: number | null, readonly audioFeatures: { readonly energy: number | null, readonly tempo: number | null } | null, readonly artists: ReadonlyArray<{ readonly name: string }> }> }, readonly similarArtists: ReadonlyArray<{ readonly similarity: number, readonly artist: { readonly name: string } }> } | null };

export type DashboardQueryVariables = Exact<{
  where?: TrackFilter | null | undefined;
}>;


export type DashboardQuery = { readonly tracks: { readonly totalCount: number } | null, readonly decades: { readonly nodes: ReadonlyArray<{ readonly count: number, readonly shareOfTotal: number, readonly group: { readonly label: string }, readonly energy: { readonly avg: number | null, readonly median: number | null } }> } | null, readonly timeline: { readonly points: ReadonlyArray<{ readonly period: string, readonly value: number | null }>, readonly trend: { readonly slope: number, readonly rSquared: number } | null } | null };

export type SimilarTracksQueryVariables = Exact<{
  to: ReadonlyArray<string> | string;
  weights?: FeatureWeights | null | undefined;
}>;


export type SimilarTracksQuery = { readonly similarTracks: { readonly reason: NoNeighborsReason | null, readonly nodes: ReadonlyArray<{ readonly similarity: number, readonly contributions: ReadonlyArray<{ readonly feature: string, readonly value: number }>, readonly track: { readonly id: string, readonly name: string, readonly releaseYear: number | null, readonly artists: ReadonlyArray<{ readonly name: string }> } }> } | null };

export type StartCrawlMutationVariables = Exact<{
  input: TriggerCrawlInput;
}>;


export type StartCrawlMutation = { readonly triggerCrawl:
    | { readonly __typename: 'AlreadyRunningError', readonly message: string }
    | { readonly __typename: 'InvalidInputError', readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly message: string }
    | { readonly __typename: 'SourceUnavailableError', readonly message: string }
    | { readonly __typename: 'TriggerRunSuccess', readonly wasStarted: boolean, readonly run: { readonly id: string } }
   };

export type FollowRunSubscriptionVariables = Exact<{
  runId: string;
  after?: string | null | undefined;
}>;


export type FollowRunSubscription = { readonly runEvents: { readonly cursor: string, readonly level: LogLevel, readonly step: string | null, readonly message: string } };

export type RunResultQueryVariables = Exact<{
  id: string;
}>;


export type RunResultQuery = { readonly run: { readonly status: RunStatus, readonly error: { readonly message: string } | null, readonly steps: ReadonlyArray<{ readonly name: string, readonly status: StepStatus, readonly rowsOut: number | null, readonly requests: number | null }> } | null };

export type TrackLineFragment = { readonly id: string, readonly name: string, readonly releaseYear: number | null, readonly artists: ReadonlyArray<{ readonly name: string }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const TrackLineFragmentDoc = new TypedDocumentString(`
    fragment TrackLine on Track {
  id
  name
  releaseYear
  artists {
    name
  }
}
    `, {"fragmentName":"TrackLine"}) as unknown as TypedDocumentString<TrackLineFragment, unknown>;
export const SearchDocument = new TypedDocumentString(`
    query Search($term: String!) {
  search(term: $term, first: 5) {
    totalCount
    nodes {
      score
      node {
        __typename
        ... on Artist {
          id
          name
        }
        ... on Album {
          id
          name
          releaseYear
        }
        ... on Track {
          id
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SearchQuery, SearchQueryVariables>;
export const ArtistPageDocument = new TypedDocumentString(`
    query ArtistPage($id: ID!, $tracks: TrackFilter) {
  artist(id: $id) {
    name
    popularity
    genres {
      name
    }
    albums(first: 3, orderBy: [{field: RELEASE_DATE, direction: DESC}]) {
      totalCount
      nodes {
        name
        releaseDate
        albumType
      }
    }
    tracks(first: 3, where: $tracks) {
      totalCount
      nodes {
        ...TrackLine
        audioFeatures {
          energy
          tempo
        }
      }
    }
    similarArtists(first: 3) {
      similarity
      artist {
        name
      }
    }
  }
}
    fragment TrackLine on Track {
  id
  name
  releaseYear
  artists {
    name
  }
}`) as unknown as TypedDocumentString<ArtistPageQuery, ArtistPageQueryVariables>;
export const DashboardDocument = new TypedDocumentString(`
    query Dashboard($where: TrackFilter) {
  tracks(where: $where) {
    totalCount
  }
  decades: trackStats(where: $where, groupBy: [RELEASE_DECADE]) {
    nodes {
      group {
        label
      }
      count
      shareOfTotal
      energy {
        avg
        median
      }
    }
  }
  timeline(of: TRACKS, measure: AVG_ENERGY, grain: YEAR, where: $where) {
    points {
      period
      value
    }
    trend {
      slope
      rSquared
    }
  }
}
    `) as unknown as TypedDocumentString<DashboardQuery, DashboardQueryVariables>;
export const SimilarTracksDocument = new TypedDocumentString(`
    query SimilarTracks($to: [ID!]!, $weights: FeatureWeights) {
  similarTracks(to: $to, weights: $weights, first: 5, maxPerArtist: 1) {
    reason
    nodes {
      similarity
      contributions {
        feature
        value
      }
      track {
        ...TrackLine
      }
    }
  }
}
    fragment TrackLine on Track {
  id
  name
  releaseYear
  artists {
    name
  }
}`) as unknown as TypedDocumentString<SimilarTracksQuery, SimilarTracksQueryVariables>;
export const StartCrawlDocument = new TypedDocumentString(`
    mutation StartCrawl($input: TriggerCrawlInput!) {
  triggerCrawl(input: $input) {
    __typename
    ... on TriggerRunSuccess {
      wasStarted
      run {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<StartCrawlMutation, StartCrawlMutationVariables>;
export const FollowRunDocument = new TypedDocumentString(`
    subscription FollowRun($runId: ID!, $after: String) {
  runEvents(runId: $runId, after: $after) {
    cursor
    level
    step
    message
  }
}
    `) as unknown as TypedDocumentString<FollowRunSubscription, FollowRunSubscriptionVariables>;
export const RunResultDocument = new TypedDocumentString(`
    query RunResult($id: ID!) {
  run(id: $id) {
    status
    error {
      message
    }
    steps {
      name
      status
      rowsOut
      requests
    }
  }
}
    `) as unknown as TypedDocumentString<RunResultQuery, RunResultQueryVariables>;