import type { Link } from './shard-setup.js';
import { exchangeMemory } from './shared-exchange.js';

/** What links each of `count` shards to the others, and to the caller through `places` of shared memory where there are. */
export function linksOf(count: number, places: readonly Float32Array[] | null): (index: number) => Link {
  if (places !== null) {
    const exchange = exchangeMemory(count);
    return () => ({ kind: 'shared', exchange, places });
  }
  const table = portTable(count);
  return (index) => ({ kind: 'messages', ports: table[index] ?? [] });
}

/** The ports that go to a shard with its link. */
export function portsOf(link: Link): MessagePort[] {
  return link.kind === 'messages' ? link.ports.filter((port) => port !== null) : [];
}

/** A channel for each pair: row i has the ports of shard i. */
function portTable(count: number): readonly (readonly (MessagePort | null)[])[] {
  const table = Array.from({ length: count }, () => new Array<MessagePort | null>(count).fill(null));
  for (const [i, row] of table.entries()) {
    for (let j = 0; j < i; j++) {
      const { port1, port2 } = new MessageChannel();
      row[j] = port1;
      (table[j] as (MessagePort | null)[])[i] = port2;
    }
  }
  return table;
}
