// The container files, as far as they can be tried without an engine.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';

/** The script that a health check hands to Node. */
function findScript(file: string): string {
  const [script] = /"fetch\(.*?\)\)"/s.exec(readFileSync(file, 'utf8')) ?? [];
  return JSON.parse(script ?? '""');
}

const run = (script: string, port: number) =>
  new Promise<number | null>((resolve) => {
    const child = spawn(process.execPath, ['-e', script], { env: { PORT: String(port) } });
    child.on('exit', resolve);
  });

it.each([
  'Dockerfile',
  'docker-compose.yml',
])('the health check of %s asks whether the server lives, on the port that it has: one without data is no sick one', async (file) => {
  const asked: (string | undefined)[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  expect(await run(findScript(file), port)).toBe(0);
  status = 503;
  expect(await run(findScript(file), port)).toBe(1);
  expect(asked).toEqual(['/health/live', '/health/live']);
});

it('docker-compose.yml hands over what a connected account needs', () => {
  const text = readFileSync('docker-compose.yml', 'utf8');
  for (const name of ['GROOVELAKE_TOKEN_KEY', 'GROOVELAKE_PUBLIC_URL'])
    expect(text).toContain(`${name}: \${${name}:-}`);
});

it('docs/operate.md shows a worker beside the server whose check does not ask for an API', () => {
  const text = readFileSync('docs/operate.md', 'utf8');
  const [example = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
  expect(example).toMatch(/command: \["start", "--role", "worker"\]/);
  expect(example).toMatch(/healthcheck:\n +disable: true/);
});
