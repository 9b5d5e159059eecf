import type { Exchange } from './exchange.js';
import { messageExchange } from './message-exchange.js';
import type { Link } from './shard-setup.js';
import { sharedExchange } from './shared-exchange.js';

/** The exchange of shard `index` of `count`, through what links it to the others; one alone has nobody to give to. */
export function openExchange(link: Link, index: number, count: number): Exchange {
  if (count === 1) return { gather() {} };
  return link.kind === 'shared' ? sharedExchange(link.exchange, index, count) : messageExchange(link.ports, index);
}
