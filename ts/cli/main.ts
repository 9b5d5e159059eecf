#!/usr/bin/env node
// The only module of this folder that runs: it loads the core as users in Node do.
import '../entries/node.js';
import { runCli } from './program.js';
import { endOnClosedPipe } from './terminal.js';

endOnClosedPipe();
process.exitCode = await runCli(process.argv.slice(2));
