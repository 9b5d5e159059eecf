import { matrix } from '../../wasm/matrix.js';
import type { FitData } from './fit-data.js';
import { gatherRows, relevantDocuments } from './training-batches.js';

/**
 * The data without the documents of test queries and copies of these, which then cannot even be ranked before others: test
 * queries keep none.
 */
export function withoutTestDocuments(data: FitData): FitData {
  const { documents, ties, documentTwins, relevance, parts } = data;
  const dropped = new Set(relevantDocuments(relevance, parts.test).map((row) => documentTwins[row]));
  const kept = Array.from({ length: documents.rows }, (_, row) => row).filter(
    (row) => !dropped.has(documentTwins[row]),
  );
  const places = new Map(kept.map((row, place) => [row, place]));
  return {
    ...data,
    documents: matrix(gatherRows(documents, kept), kept.length, documents.cols),
    ties: Int32Array.from(kept, (row) => ties[row]),
    documentTwins: Uint32Array.from(kept, (row) => documentTwins[row]),
    relevance: relevance.map((own) =>
      own.flatMap(({ document, grade }) => {
        const place = places.get(document);
        return place === undefined ? [] : [{ document: place, grade }];
      }),
    ),
  };
}
