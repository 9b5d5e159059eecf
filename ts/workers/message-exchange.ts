import { type Exchange, lengths, stretches } from './exchange.js';

/** What comes through a port, in order. */
interface Inbox {
  next(): Promise<ArrayBuffer>;
}

/**
 * An exchange by messages, where memory cannot be shared: `ports[i]` leads to shard i, and nothing stands at this shard's
 * own place.
 */
export function messageExchange(ports: readonly (MessagePort | null)[], index: number): Exchange {
  const inboxes = ports.map((port) => (port === null ? null : inboxOf(port)));
  return {
    async gather(regions, bytesOf) {
      const sizes = lengths(regions, ports.length);
      const own = stretches(regions, index, bytesOf);
      for (const port of sizes[index] === 0 ? [] : ports) {
        if (port === null) continue;
        const message = new Uint8Array(sizes[index] ?? 0);
        for (const { bytes, at } of own) message.set(bytes, at);
        port.postMessage(message.buffer, [message.buffer]);
      }
      for (const [owner, inbox] of inboxes.entries()) {
        if (inbox === null || sizes[owner] === 0) continue;
        const message = new Uint8Array(await inbox.next());
        for (const { bytes, at } of stretches(regions, owner, bytesOf)) {
          bytes.set(message.subarray(at, at + bytes.length));
        }
      }
    },
  };
}

function inboxOf(port: MessagePort): Inbox {
  const arrived: ArrayBuffer[] = [];
  let waiting: ((message: ArrayBuffer) => void) | null = null;
  port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
    if (waiting === null) {
      arrived.push(data);
      return;
    }
    const resolve = waiting;
    waiting = null;
    resolve(data);
  };
  return {
    next() {
      const message = arrived.shift();
      if (message !== undefined) return Promise.resolve(message);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
  };
}
