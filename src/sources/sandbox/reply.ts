// What a route answers, before it is written to a socket.

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  };
}

/** The regular error object of Spotify's Web API; some errors have no message. */
export function apiError(
  status: number,
  message?: string,
  extra: object = {},
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return json(
    { error: { status, ...(message === undefined ? {} : { message }), ...extra } },
    status,
    headers,
  );
}
