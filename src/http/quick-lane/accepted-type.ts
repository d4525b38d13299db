// In which type a query without an error is answered, by the rule that Yoga follows (graphql-yoga, plugins/use-result-processor.ts and
// result-processor/accept.ts, 5.24): the first of the types named that JSON may be called; weights are not looked at.

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';
const UTF_8 = 'charset=utf-8';

/** Clients send a handful of texts; more than this are some that somebody makes up. */
const MAX_KNOWN = 100;
const known = new Map<string, string | null>();

/**
 * The content type of the answer to a request with this Accept; null where Yoga answers otherwise: with a page, a stream, or 406.
 *
 * @param accept undefined or empty: anything
 */
export function findAcceptedType(accept: string | undefined): string | null {
  const text = accept || '*/*';
  const found = known.get(text);
  if (found !== undefined) return found;
  const type = readAccept(text);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, type);
  return type;
}

function readAccept(text: string): string | null {
  // Asked by a browser's address bar, GraphiQL answers.
  if (text.includes('text/html')) return null;
  for (const accepted of text.replace(/\s/g, '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = accepted.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset=')) ?? UTF_8;
    if (charset !== UTF_8) continue;
    // Where both would do, JSON as such.
    for (const offered of [JSON_TYPE, GRAPHQL_TYPE])
      if (matches(type, offered)) return `${offered}; ${UTF_8}`;
  }
  return null;
}

function matches(type: string, offered: string): boolean {
  const [asked, askedSub] = type.split('/');
  const [main, sub] = offered.split('/');
  return (asked === '*' || asked === main) && (askedSub === '*' || askedSub === sub);
}
