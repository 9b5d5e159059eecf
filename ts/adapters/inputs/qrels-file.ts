import { DataError } from '../../wasm/errors.js';

/** One line of a qrels file. */
export interface Judgement {
  /** File and line. */
  readonly where: string;
  readonly query: string;
  readonly document: string;
  readonly grade: number;
}

const HEADER = ['query-id', 'corpus-id', 'score'];
const GRADE = /^[+-]?\d+(?:\.\d+)?$/;

/**
 * Reads qrels: TREC's four columns `query 0 document grade`, between spaces or tabs, or BEIR's three, `query-id
 * corpus-id score`, between tabs, with or without that header. The first line says which. A byte order mark, CRLF and
 * blank lines are allowed; a line is never skipped. `name` says which file in messages.
 *
 * @throws {DataError} on a line of another form, naming it, and on a file without lines
 */
export function readQrels(text: string, name: string): Judgement[] {
  const judgements: Judgement[] = [];
  let columns = 0;
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .forEach((written, i) => {
      const where = `${name}: line ${i + 1}`;
      if (written.trim() === '') return;
      if (columns === 0) {
        columns = columnsOf(written, where);
        if (columns === 3 && isHeader(written)) return;
      }
      judgements.push(columns === 3 ? beirLine(written, where) : trecLine(written, where));
    });
  if (judgements.length === 0) throw new DataError(`${name}: expected lines of judgements, found none`);
  return judgements;
}

/** Three columns between tabs, else four between blanks. */
function columnsOf(text: string, where: string): 3 | 4 {
  if (split(text, '\t').length === 3) return 3;
  if (split(text, /\s+/).length === 4) return 4;
  throw wrongColumns(text, where, `'query 0 document grade' (TREC) or query-id, corpus-id, score between tabs (BEIR)`);
}

function isHeader(text: string): boolean {
  return split(text, '\t').every((name, i) => name.toLowerCase() === HEADER[i]);
}

function beirLine(text: string, where: string): Judgement {
  const columns = split(text, '\t');
  const [query, document, grade] = columns;
  if (columns.length !== 3) throw wrongColumns(text, where, 'query-id, corpus-id and score between tabs');
  return {
    where,
    query: checkedId(query, where, HEADER[0]),
    document: checkedId(document, where, HEADER[1]),
    grade: checkedGrade(grade, where, HEADER[2]),
  };
}

function trecLine(text: string, where: string): Judgement {
  const columns = split(text, /\s+/);
  const [query, , document, grade] = columns;
  if (columns.length !== 4) throw wrongColumns(text, where, `'query 0 document grade'`);
  return { where, query, document, grade: checkedGrade(grade, where, 'grade') };
}

function split(text: string, by: string | RegExp): string[] {
  return text
    .replace(/\r$/, '')
    .split(by)
    .map((column) => column.trim())
    .filter((column, i, all) => by === '\t' || column !== '' || (i > 0 && i < all.length - 1));
}

function checkedId(id: string, where: string, field: string): string {
  if (id !== '') return id;
  throw new DataError(`${where}: field ${field} is empty`);
}

function checkedGrade(text: string, where: string, field: string): number {
  if (GRADE.test(text)) return Number(text);
  throw new DataError(`${where}: field ${field} must be a number, got '${text.slice(0, 40)}'`);
}

function wrongColumns(text: string, where: string, expected: string): DataError {
  return new DataError(`${where}: expected ${expected}, got '${text.trim().slice(0, 80)}'`);
}
