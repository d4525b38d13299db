// A component's question to the API: asked again when its variables or the snapshot change, given up when it goes.
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { ask } from './ask.js';

/** Id of the snapshot that is served: what was asked of another is asked again. */
export const Served = createContext('');

/**
 * @typedef {{ data: any, error: Error | null, isLoading: boolean, again: () => void }} Answer
 *
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {{ delayMs?: number, skip?: boolean, everyMs?: number }} [options] delayMs: how long to wait for the next keystroke; everyMs: how
 *   long after an answer it is asked again, never unless stated
 * @returns {Answer} data stays while the next answer is on its way; of what is asked from time to time it also stays, beside the error,
 *   where the same question fails
 */
export function useAnswer(query, variables = {}, { delayMs = 0, skip = false, everyMs = 0 } = {}) {
  const [state, setState] = useState(
    /** @type {{ data: any, error: Error | null, isLoading: boolean, asked?: string }} */ ({
      data: null,
      error: null,
      isLoading: !skip,
    }),
  );
  const [round, setRound] = useState(0);
  const key = JSON.stringify(variables);
  const served = useContext(Served);
  useEffect(() => {
    if (skip) {
      setState({ data: null, error: null, isLoading: false });
      return undefined;
    }
    const left = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    const timer = setTimeout(() => {
      ask(query, JSON.parse(key), left.signal).then(
        (data) => setState({ data, error: null, isLoading: false, asked: key }),
        (error) => {
          if (left.signal.aborted) return;
          setState(({ data, asked }) =>
            everyMs > 0 && asked === key
              ? { data, error, isLoading: false, asked }
              : { data: null, error, isLoading: false },
          );
        },
      );
    }, delayMs);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [query, key, skip, delayMs, round, served]);
  const again = () => setRound((n) => n + 1);
  const { isLoading } = state;
  useEffect(() => {
    if (skip || isLoading || everyMs === 0) return undefined;
    const timer = setTimeout(again, everyMs);
    return () => clearTimeout(timer);
  }, [skip, isLoading, everyMs, round]);
  return { ...state, again };
}
