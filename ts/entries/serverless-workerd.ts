// Provides the core as workerd's entry does.
import './workerd-core.js';

export * from './serverless.js';
