import type { AdapterReport, FitAdapterOptions } from 'kantorovich/adapters';

/** A file as it was dropped. */
export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the adapter's worker is asked for. */
export interface FitRequest {
  readonly queries: DroppedFile;
  readonly documents: DroppedFile;
  /** Null: row i of the queries belongs to row i of the documents. */
  readonly qrels: DroppedFile | null;
  readonly adapt: NonNullable<FitAdapterOptions['adapt']>;
}

/** What comes back. */
export interface FitOutcome {
  readonly improved: boolean;
  readonly reason: string;
  readonly report: Omit<AdapterReport, 'toString'>;
  /** The adapter's file. */
  readonly adapter: Uint8Array;
}

/** How far a fit is. */
export interface FitProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly text: string;
}

/** What the adapter's worker offers. */
export interface AdapterService {
  fit(request: FitRequest, onProgress: (progress: FitProgress) => void): Promise<FitOutcome>;
  /** Ends training at the next step; the best adapter so far is judged. */
  stop(): void;
}
