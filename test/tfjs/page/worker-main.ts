import { answersHere } from './in-browser.js';

postMessage(await answersHere());
