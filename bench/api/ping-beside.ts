// How long /health/live takes while a query is answered that has the most groups a query may have at its cost: 29 aliases of statistics by
// year, key and genre. For a server that is running:
//   node bench/api/ping-beside.ts http://127.0.0.1:4000 [rounds]
const [url = 'http://127.0.0.1:4000', rounds = '5'] = process.argv.slice(2);
const PAUSE_MS = 5;
const ORDERS = ['', 'orderBy: [{ by: COUNT, direction: ASC }],', 'orderBy: [{ by: AVG, measure: ENERGY }],'];

/** With one filter all aliases ask the columns the same, and have the answer in the same moment. */
const query = (order: string, isOneFilter: boolean) =>
  `{ ${Array.from(
    { length: 29 },
    (_, at) =>
      `a${at}: trackStats(groupBy: [RELEASE_YEAR, KEY, GENRE], ${order} where: { durationMs: { gte: 1${isOneFilter ? '' : at} } }) { totalCount nodes { count energy { avg min max } } }`,
  ).join(' ')} }`;

async function post(text: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
    body: JSON.stringify({ query: text }),
  });
  return response.text();
}

/** Asks, and pings until it is answered. @returns milliseconds */
async function measure(text: string): Promise<{ took: number; pings: number[] }> {
  const pings: number[] = [];
  const asked = performance.now();
  let isAnswered = false;
  const answer = post(text).finally(() => {
    isAnswered = true;
  });
  while (!isAnswered) {
    const from = performance.now();
    await (await fetch(`${url}/health/live`)).text();
    pings.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const answered = await answer;
  if (answered.includes('"errors"')) throw new Error(answered.slice(0, 500));
  return { took: performance.now() - asked, pings };
}

await post('{ trackStats { nodes { count } } }');
await new Promise((resolve) => setTimeout(resolve, 3_000));
for (const [order, isOneFilter] of ORDERS.flatMap((each) => [
  [each, true] as const,
  [each, false] as const,
])) {
  const found: { took: number; worst: number; middle: number }[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    // Another text each time, so that no answer is remembered.
    const { took, pings } = await measure(
      `# ${Math.random()}\n${query(order, isOneFilter).replaceAll('gte: 1', `gte: ${round + 1}`)}`,
    );
    pings.sort((a, b) => a - b);
    found.push({ took, worst: pings.at(-1) ?? 0, middle: pings[pings.length >> 1] ?? 0 });
  }
  const least = (of: (each: (typeof found)[number]) => number) => Math.min(...found.map(of)).toFixed(0);
  console.log(
    `${order || 'most rows first'} ${isOneFilter ? 'one filter' : 'a filter each'}: answered in ${least((f) => f.took)} ms, worst ping ${least((f) => f.worst)} ms, middle ${least((f) => f.middle)} ms (least of ${rounds})`,
  );
}
