// Every test computes with the real core, loaded as the Node entry does.
import '../../ts/entries/node.js';
