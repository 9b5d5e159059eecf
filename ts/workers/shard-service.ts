import { lossService } from './loss-service.js';
import type { ShardService } from './shard-setup.js';
import { trainerShardService } from './trainer-shard-service.js';

/** A shard, as a worker offers it. */
export function shardService(): ShardService {
  return { ...trainerShardService(), ...lossService() };
}
