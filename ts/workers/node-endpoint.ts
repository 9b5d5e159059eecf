import type { MessagePort as NodePort, Worker as NodeWorker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';

/** A Node worker or port as comlink expects it: with listeners of events, not of bare data. */
export function nodeEndpoint(port: NodePort | NodeWorker): Endpoint {
  const listeners = new Map<EventListenerOrEventListenerObject, (data: unknown) => void>();
  return {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer.filter(isNodeTransferable)),
    addEventListener(_type, listener) {
      const relay = (data: unknown): void => {
        const event = new MessageEvent('message', { data });
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      };
      listeners.set(listener, relay);
      port.on('message', relay);
    },
    removeEventListener(_type, listener) {
      const relay = listeners.get(listener);
      if (relay !== undefined) port.off('message', relay);
      listeners.delete(listener);
    },
  };
}

function isNodeTransferable(item: unknown): item is ArrayBuffer | NodePort {
  return item instanceof ArrayBuffer || item instanceof MessagePort;
}
