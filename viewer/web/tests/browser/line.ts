// A line as a phone has it: so many octets a second in each direction for all connections together, and a delay.

import { createServer, connect, type Server, type Socket } from 'node:net';

export interface Line {
  port: number;
  close(): void;
}

export interface Profile {
  /** Octets per second towards the browser, and from it. */
  down: number;
  up: number;
  /** Milliseconds each way. */
  delay: number;
}

/** Chromium's "Fast 4G": 8.1 Mbit/s down, 1.35 Mbit/s up, 165 ms there and back. */
export const FAST_4G: Profile = { down: 8_100_000 / 8, up: 1_350_000 / 8, delay: 82 };

export async function line(target: number, { down, up, delay }: Profile): Promise<Line> {
  const sockets = new Set<Socket>();
  const [towards, away] = [shaper(down, delay), shaper(up, delay)];
  const server: Server = createServer((browser) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [browser, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    towards(upstream, browser);
    away(browser, upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** One queue for all connections of a direction, in order: timers of their own would overtake each other now and then. */
function shaper(rate: number, delay: number): (from: Socket, to: Socket) => void {
  let free = 0;
  const queue: { due: number; pass: () => void }[] = [];
  let armed = false;
  const arm = () => {
    if (armed || queue.length === 0) return;
    armed = true;
    setTimeout(pump, queue[0]!.due - performance.now());
  };
  const pump = () => {
    armed = false;
    while (queue.length > 0 && queue[0]!.due <= performance.now()) queue.shift()!.pass();
    arm();
  };
  const put = (due: number, pass: () => void) => {
    queue.push({ due, pass });
    arm();
  };
  return (from, to) => {
    let waiting = 0;
    from.on('data', (octets) => {
      free = Math.max(free, performance.now()) + (octets.length / rate) * 1_000;
      // Half a second of octets is all that a line holds.
      waiting += octets.length;
      if (waiting > rate / 2) from.pause();
      put(free + delay, () => {
        waiting -= octets.length;
        if (waiting <= rate / 4) from.resume();
        to.write(octets);
      });
    });
    from.on('end', () => put(Math.max(free, performance.now()) + delay, () => to.end()));
  };
}
