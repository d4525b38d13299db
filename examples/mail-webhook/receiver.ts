// Takes Groovelake's webhooks, proves that they are genuine, and mails them: node examples/mail-webhook/receiver.ts
//   WEBHOOK_SECRET  the server's GROOVELAKE_WEBHOOK_SECRET
//   MAIL_TO         who gets the mail
//   SENDMAIL        the program that sends it; /usr/sbin/sendmail unless set (postfix, msmtp, ssmtp and others bring one)
import { spawn } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** Older ones are refused, so that nobody sends a recorded one again. */
const OLDEST_SECONDS = 300;
const LONGEST_BODY = 100_000;
/** A message may come more than once; the latest ids are remembered. */
const REMEMBERED = 1_000;

export interface Receiver {
  readonly secret: string;
  /** Sends one mail; what it throws makes the server try again later. */
  readonly mail: (subject: string, text: string) => Promise<void>;
  readonly now?: () => number;
}

/** Answers 204 when the mail is on its way (or was before), 401 for a message that is not genuine, 503 when it could not be mailed. */
export function createReceiver({ secret, mail, now = Date.now }: Receiver) {
  const seen = new Set<string>();
  return createServer(async (request, response) => {
    const body = await readBody(request).catch(() => null);
    // Whoever broke off hears nothing, and comes again.
    if (body === null) return void response.destroy();
    if (body.length > LONGEST_BODY) return void response.writeHead(413).end();
    if (!isGenuine(request.headers, body, secret, now())) return void response.writeHead(401).end();
    const id = String(request.headers['webhook-id']);
    try {
      if (!seen.has(id)) await mail(...toMail(JSON.parse(body)));
    } catch (error) {
      console.error(`could not mail ${id}:`, error);
      return void response.writeHead(503).end();
    }
    seen.add(id);
    if (seen.size > REMEMBERED) seen.delete([...seen][0] ?? '');
    response.writeHead(204).end();
  });
}

/** No more than may be taken, and one piece. @throws when the sender breaks off */
async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > LONGEST_BODY) break;
  }
  return body;
}

/** As https://www.standardwebhooks.com has it. */
function isGenuine(headers: IncomingHttpHeaders, body: string, secret: string, now: number): boolean {
  const [id, timestamp, given] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name]),
  );
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= OLDEST_SECONDS)) return false;
  const hash = createHmac('sha256', toKey(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  // Bytes are compared, and there may be more of them than characters.
  const [sent, expected] = [Buffer.from(given ?? ''), Buffer.from(`v1,${hash}`)];
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

/** A secret of the standard is "whsec_" and the key in base64; any other is the key itself. */
function toKey(secret: string): Buffer {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  return base64 && base64.length % 4 === 0 ? Buffer.from(base64, 'base64') : Buffer.from(secret);
}

function toMail(notice: {
  type: string;
  at: string;
  data: { message: string; run: object };
}): [string, string] {
  const { type, at, data } = notice;
  return [
    `[groovelake] ${type}: ${data.message.slice(0, 100)}`,
    `${data.message}\n\n${at}\n${JSON.stringify(data.run, null, 2)}\n`,
  ];
}

/** Hands a mail to sendmail. Line breaks cannot come into the header. */
export function sendBySendmail(program: string, to: string): Receiver['mail'] {
  return (subject, text) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, ['-t', '-i'], { stdio: ['pipe', 'ignore', 'inherit'] });
      child.on('error', reject);
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
      );
      child.stdin.on('error', reject);
      const head = [
        `To: ${to}`,
        `Subject: ${subject.replace(/\s+/g, ' ')}`,
        'Content-Type: text/plain; charset=utf-8',
      ];
      child.stdin.end(`${head.join('\n')}\n\n${text}`);
    });
}

if (process.argv[1] === import.meta.filename) {
  const { WEBHOOK_SECRET: secret, MAIL_TO: to, SENDMAIL = '/usr/sbin/sendmail', PORT = '4010' } = process.env;
  if (!secret || !to) throw new Error('Set WEBHOOK_SECRET and MAIL_TO.');
  createReceiver({ secret, mail: sendBySendmail(SENDMAIL, to) }).listen(Number(PORT), '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${PORT}: notices go to ${to}`),
  );
}
