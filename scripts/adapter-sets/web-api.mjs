// Sets B and B' as JSON on stdout: from npm's typescript, the first sentence on each member of the DOM's interfaces
// (MDN's prose), and `Interface.member: type`, which is to be found by it.
// Usage: node web-api.mjs removed|kept, for sentences without the two names and documents that they ask for, or for
// sentences as they are and all documents.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ts from 'typescript';

const MOST_CHARACTERS = 300;
const LEAST_WORDS = 4;

const path = createRequire(import.meta.url).resolve('typescript/lib/lib.dom.d.ts');
const file = ts.createSourceFile('lib.dom.d.ts', readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);

const isKept = process.argv[2] === 'kept';

const members = new Map();
for (const one of file.statements.filter(ts.isInterfaceDeclaration)) {
  for (const member of one.members) {
    const [owner, name] = [one.name.text, member.name?.getText(file)];
    const id = `${owner}.${name}`;
    const sentence = firstSentence(ts.getJSDocCommentsAndTags(member).at(-1)?.comment);
    if (!name || !/^\w+$/.test(name) || !sentence || members.has(id)) continue;
    const signature = member
      .getText(file)
      .replace(/\s+/g, ' ')
      .replace(/^readonly |;$/g, '');
    const query = isKept ? sentence : withoutNames(sentence, owner, name);
    members.set(id, { query, signature: `${owner}.${signature}`.slice(0, MOST_CHARACTERS) });
  }
}

const counts = new Map();
for (const { query } of members.values()) counts.set(query, (counts.get(query) ?? 0) + 1);
// What is said of several members asks for none of them.
const asked = [...members].filter(([, { query }]) => counts.get(query) === 1 && query.split(' ').length >= LEAST_WORDS);

process.stdout.write(
  JSON.stringify({
    queries: asked.map(([id, { query }]) => [id, query]),
    documents: (isKept ? [...members] : asked).map(([id, { signature }]) => [id, signature]),
    qrels: asked.map(([id]) => [id, id]),
  }),
);

/** Plain text up to the first full stop or colon that ends a sentence. */
function firstSentence(comment) {
  const plain = (ts.getTextOfJSDocComment(comment) ?? '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<\/?\w+>|[*`]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.startsWith('MDN Reference') ? '' : plain.split(/(?<=[.:]) (?=[A-Z])/)[0];
}

/** Without "The X property of the Y interface", and without both names wherever else they stand. */
function withoutNames(sentence, owner, name) {
  const opening =
    /^The (?:\S+ ){1,4}?(?:property|method|event|attribute)(?: (?:of|for)(?: the)? \S+(?: interface| object| element)?(?: of the [^,.]*? API)?)?,? ?/i;
  return sentence
    .replace(opening, '')
    .replace(new RegExp(`\\b(?:${owner}|${name})\\b(?:\\(\\))?`, 'g'), '')
    .replace(/\s+/g, ' ')
    .trim();
}
