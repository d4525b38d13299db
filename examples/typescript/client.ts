// All the client that typed operations need: fetch, and server-sent events for subscriptions.
import type { TypedDocumentString } from './operations.generated.ts';

export interface Client {
  /** Asks once. @throws Error with the server's messages when it answers with errors */
  ask<T, V>(operation: TypedDocumentString<T, V>, variables: V): Promise<T>;
  /** What a subscription pushes, until the server completes it. @throws Error as ask does, and when the connection breaks */
  follow<T, V>(operation: TypedDocumentString<T, V>, variables: V): AsyncGenerator<T>;
}

/** @param apiKey of a server that wants one */
export function createClient(url: string, apiKey?: string): Client {
  const post = async (accept: string, operation: string, variables: unknown) =>
    fetch(url, {
      method: 'POST',
      headers: {
        accept,
        'content-type': 'application/json',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ query: operation, variables }),
    });
  return {
    ask: async (operation, variables) => {
      const response = await post('application/json', operation.toString(), variables);
      return readAnswer(await response.text(), `${url} answered ${response.status}`);
    },
    follow: async function* (operation, variables) {
      const response = await post('text/event-stream', operation.toString(), variables);
      if (!response.body) throw new Error(`${url} answered ${response.status} without a stream.`);
      for await (const { event, data } of readEvents(response.body)) {
        if (event === 'complete') return;
        if (event === 'next') yield readAnswer(data, `${url} pushed`);
      }
      throw new Error('The stream ended before it was complete.');
    },
  };
}

function readAnswer<T>(text: string, what: string): T {
  let answer: { data?: T | null; errors?: readonly { message: string }[] };
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`${what} with no JSON: ${text.slice(0, 200)}`);
  }
  if (answer.errors) throw new Error(answer.errors.map(({ message }) => message).join('\n'));
  if (!answer.data) throw new Error(`${what} without data.`);
  return answer.data;
}

/** Server-sent events: lines of "field: value", an empty line after each event. */
async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const events = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = events.pop() ?? '';
    for (const lines of events) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(lines)?.[1] ?? '';
      yield { event: field('event'), data: field('data') };
    }
  }
}
