// The title of the tab, by which history and open windows are told apart.
import { useEffect } from 'preact/hooks';

/** Names what is shown, as long as it is; nothing is named by an empty text. @param {string | undefined} title */
export function useTitle(title) {
  useEffect(() => {
    if (!title) return undefined;
    const before = document.title;
    document.title = `${title} · Groovelake`;
    return () => {
      document.title = before;
    };
  }, [title]);
}
