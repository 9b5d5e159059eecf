import type { Exchange } from './exchange.js';
import { messageExchange } from './message-exchange.js';
import type { Link } from './shard-setup.js';
import { sharedExchange } from './shared-exchange.js';

/** The exchange of shard `index` of `count`, through what links it to the others. */
export function openExchange(link: Link, index: number, count: number): Exchange {
  return link.kind === 'shared' ? sharedExchange(link.exchange, index, count) : messageExchange(link.ports, index);
}
