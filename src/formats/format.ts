import type { RawEvent } from '../event/event.ts'

/**
 * A format turns one record of a foreign log into canonical events.
 *
 * It never throws, whatever the record is: what is not ours to judge is skipped with a reason, what
 * should have been ours and is broken is rejected with the path inside the record.
 */
export interface Format {
  /** What a user writes after `--format`. */
  readonly name: string
  /** What the format is called by those who publish it. */
  readonly title: string
  /** Its records may carry what was said to an agent: of one that is rejected no text is kept. */
  readonly carriesPrompts?: boolean
  /**
   * The records inside a parsed JSON document, or undefined where the document is not an envelope
   * of this format. `{"Records":[…]}` of a CloudTrail file is one; a bare record is none.
   */
  unwrap(document: unknown): readonly unknown[] | undefined
  /** Whether a single record looks like this format's. Cheap: it is asked of the first records. */
  recognises(record: unknown): boolean
  translate(record: unknown): Translation
}

/** What came of one record. */
export type Translation =
  | { readonly kind: 'events'; readonly events: readonly RawEvent[] }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'reject'; readonly reason: string; readonly path: string }
