// GraphiQL as one page that loads nothing from elsewhere, with operations to begin with.
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphiQLOptions, Plugin } from 'graphql-yoga';
import { PAGE_HEADERS } from './answers.ts';

export const EXAMPLE_OPERATIONS: readonly { title: string; query: string }[] = [
  {
    title: 'Most popular tracks',
    query: `# What is popular, who plays it, and how it sounds.
# Where this server wants a key, put it into the tab Headers below: { "authorization": "Bearer KEY" }
query MostPopular {
  tracks(first: 10) {
    totalCount
    nodes {
      name
      popularity
      releaseYear
      artists { name }
      album { name releaseDate }
      audioFeatures { energy danceability tempo keyName mode }
    }
  }
}
`,
  },
  {
    title: 'Averages per group',
    query: `# Any filter, up to three dimensions, any statistic.
query EnergyByDecade {
  trackStats(groupBy: [RELEASE_DECADE], orderBy: [{ by: AVG, measure: ENERGY, direction: DESC }], first: 20) {
    nodes {
      group { label }
      count
      energy { avg median stddev missing }
      tempo { avg percentile(p: 90) }
    }
  }
}
`,
  },
  {
    title: 'Search, then look around',
    query: `# Accent- and case-blind; the first words are enough.
query SearchAll($term: String!) {
  search(term: $term, first: 10) {
    nodes {
      score
      node {
        __typename
        ... on Artist { id name popularity topTracks(by: DANCEABILITY, first: 3) { rank value track { name } } }
        ... on Album { id name releaseDate }
        ... on Track { id name artists { name } }
      }
    }
  }
}
`,
  },
  {
    title: 'Similar tracks',
    query: `# Tracks near the most popular one, and which features made them near.
query Similar {
  tracks(first: 1) {
    nodes {
      name
      similarTracks(first: 5, maxPerArtist: 1) {
        isExact
        reason
        nodes {
          similarity
          track { name artists { name } }
          contributions { feature value }
        }
      }
    }
  }
}
`,
  },
  {
    title: 'Runs and snapshots',
    query: `# Which run produced what is served, and how it went. To make a new one:
# mutation { triggerPipeline(input: { pipeline: REFRESH }) { ... on TriggerRunSuccess { run { id status } wasStarted } ... on Error { message } } }
query Operations {
  snapshot {
    id
    publishedAt
    run { id pipeline status steps { name status rowsIn rowsOut rowsRejected } }
    relations { layer name rows }
    checks { name severity passed failures }
  }
  runs(first: 5) { nodes { id pipeline status createdAt endedAt error { message } } }
}
`,
  },
];

const VARIABLES: Readonly<Record<string, string>> = { 'Search, then look around': '{ "term": "ru" }' };

/**
 * What holds a tab that is dragged within the row of tabs. Whenever the row or a tab changes its size, as they do while the page is made, it
 * moves every tab to another place than it has: hidden by a style until a tab is pressed, which then jumps away from under the pointer.
 * Without it a tab follows the pointer, and slides into its place where it is dropped.
 */
const TAB_BOUNDS = /(?<=\{)dragConstraints:[\w$]+,(?=value:)/;

/** The page as HTML. */
export function renderGraphiqlPage(options: GraphiQLOptions): string {
  const page = renderGraphiQL({
    ...options,
    title: 'Groovelake',
    defaultTabs: EXAMPLE_OPERATIONS.map(({ title, query }) => ({
      query,
      variables: VARIABLES[title] ?? null,
    })),
    defaultQuery: EXAMPLE_OPERATIONS[0]?.query ?? '',
    subscriptionsProtocol: 'SSE',
  });
  return page.replace(TAB_BOUNDS, '');
}

/** What the page holds itself (its script and style, editors in workers of its own making) and asks of this server; nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'font-src data:',
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A Yoga plugin. A page from elsewhere may not show GraphiQL inside itself, where a click meant for that page would run what it has typed. */
export function useGraphiqlPolicy(): Plugin {
  return {
    onResponse: ({ response }) => {
      if (!response.headers.get('content-type')?.startsWith('text/html')) return;
      response.headers.set('content-security-policy', POLICY);
      for (const [name, value] of Object.entries(PAGE_HEADERS)) response.headers.set(name, value);
    },
  };
}
