// Whoever leaves before he is known holds nothing: no snapshot, and no place in a queue.
import { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { OpenRequest } from '../../src/http/open-request.ts';
import { manifest, start } from './plain-server.ts';

function countPins() {
  const pins = { taken: 0, held: 0 };
  const acquire = () => {
    pins.taken += 1;
    pins.held += 1;
    let isHeld = true;
    const release = () => {
      if (isHeld) pins.held -= 1;
      isHeld = false;
    };
    return { manifest, resource: {}, release };
  };
  return { pins, snapshots: { acquire } };
}

describe('a client that leaves while its key is looked up', () => {
  it('holds no snapshot', async () => {
    const { pins, snapshots } = countPins();
    const { url, keys } = await start({}, true, snapshots);
    const lookUp = Promise.withResolvers<boolean>();
    const looks = vi.spyOn(keys, 'hasKeys').mockImplementationOnce(() => lookUp.promise);
    const { port, host } = new URL(url);
    // An answer with an error in it is told by Yoga, under the snapshot of the request itself.
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET /graphql?query={refused} HTTP/1.1\r\nhost: ${host}\r\naccept: application/json\r\n\r\n`,
    );
    await vi.waitFor(() => expect(looks).toHaveBeenCalled());
    socket.destroy();
    const inFlight = async () =>
      /^groovelake_http_requests_in_flight (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
    // The one that asks.
    await vi.waitFor(async () => expect(await inFlight()).toBe('1'));
    expect(pins.taken).toBe(0);
    lookUp.resolve(false);
    await vi.waitFor(() => expect(pins.taken).toBeGreaterThan(0));
    await vi.waitFor(() => expect(pins.held).toBe(0));
  });
});

describe('OpenRequest', () => {
  const open = (response: ServerResponse) => {
    const { pins, snapshots } = countPins();
    const request = new OpenRequest(snapshots, response.req, response, { scope: 'read', actor: 'key:x y' });
    return { pins, request };
  };
  const respond = () => new ServerResponse(new IncomingMessage(new Socket()));

  it('aborts its signal, and lets go of its snapshot, when the client leaves', async () => {
    const response = respond();
    const { pins, request } = open(response);
    request.pin.get();
    expect([request.signal.aborted, pins.held]).toEqual([false, 1]);
    response.destroy();
    response.emit('close');
    expect([request.signal.aborted, pins.held]).toEqual([true, 0]);
  });

  it('is that of a client who has left where that came before', async () => {
    const response = respond();
    response.destroy();
    const { pins, request } = open(response);
    let endings = 0;
    request.pin.whenOver(() => {
      endings += 1;
    });
    request.pin.get();
    expect([request.signal.aborted, pins, endings]).toEqual([true, { taken: 1, held: 0 }, 1]);
  });
});
