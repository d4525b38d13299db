// What a robots.txt lets us read (RFC 9309): the group that names us, else the one for all; the longest rule that fits decides.

interface Rule {
  readonly allows: boolean;
  readonly path: string;
}

/** Whether the path may be fetched by the agent of this name (one word, any case). */
export function mayFetch(robots: string, agent: string, path: string): boolean {
  const groups = readGroups(robots);
  const own = groups.filter(({ agents }) => agents.includes(agent.toLowerCase()));
  const chosen = own.length > 0 ? own : groups.filter(({ agents }) => agents.includes('*'));
  const fitting = chosen
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.path !== '' && fits(rule.path, path))
    // The longest rule wins, and of two that are as long the one that allows.
    .sort((a, b) => b.path.length - a.path.length || Number(b.allows) - Number(a.allows));
  return fitting[0]?.allows ?? true;
}

interface Group {
  readonly agents: string[];
  readonly rules: Rule[];
}

function readGroups(robots: string): Group[] {
  const groups: Group[] = [];
  let isNaming = false;
  for (const line of robots.split(/\r\n|\r|\n/)) {
    const [text = ''] = line.split('#', 1);
    const at = text.indexOf(':');
    const name = text.slice(0, Math.max(0, at)).trim().toLowerCase();
    const value = text.slice(at + 1).trim();
    if (name === 'user-agent') {
      // Several names in a row share the rules that follow.
      if (!isNaming) groups.push({ agents: [], rules: [] });
      groups.at(-1)?.agents.push(value.toLowerCase());
      isNaming = true;
    } else if (name === 'allow' || name === 'disallow') {
      groups.at(-1)?.rules.push({ allows: name === 'allow', path: value });
      isNaming = false;
    }
  }
  return groups;
}

/** `*` stands for anything, `$` at the end for the end. */
function fits(rule: string, path: string): boolean {
  const isWhole = rule.endsWith('$');
  const [first = '', ...others] = (isWhole ? rule.slice(0, -1) : rule).split('*');
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = others.pop();
  for (const part of others) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  if (last === undefined) return !isWhole || at === path.length;
  return isWhole ? path.length - last.length >= at && path.endsWith(last) : path.includes(last, at);
}
