/** A candidate: one thing that an alert may be, what speaks for it, and what to do if it is. */
import type { Intent } from '../../event/intents.ts'

/** What a case says, as far as candidates ask. Of its events only those kept as evidence count. */
export interface Facts {
  /** Names of the detectors that gave its reasons. */
  readonly detectors: ReadonlySet<string>
  /** The one that gave the strongest. */
  readonly foremost: string | undefined
  /** What its events may be meant for. */
  readonly intents: ReadonlySet<Intent>
  /** What set its events off, by kind; 'none' where one names nothing. */
  readonly triggers: ReadonlySet<string>
  /** How many of its events were denied. */
  readonly denials: number
}

/** Whom and what a next step speaks of; all of it printable. */
export interface Subject {
  readonly agent: string
  /** Who answers for it: a name, or 'its sponsor'. */
  readonly sponsor: string
  readonly action: string
  readonly resource: string
  /** Where it went on from: 'agent planner-01', 'schedule nightly'; 'no trigger' for none. */
  readonly trigger: string
  /** 'the other invoice-payer agents', or 'agents of its kind'. */
  readonly peers: string
}

export interface Candidate {
  readonly id: string
  /** After "may be": 'a stolen credential, used from elsewhere'. */
  readonly title: string
  /** Detectors that speak for it. */
  readonly detectors: readonly string[]
  /** Without this it is none. @default that any of its detectors spoke */
  readonly isPossible?: (facts: Facts) => boolean
  /** What makes it likelier than another that the same detectors speak for. */
  readonly isLikely?: (facts: Facts) => boolean
  /** What its step is about: of the events those that may be meant for it. @default any */
  readonly about?: Intent
  /** ATT&CK ids of v18. */
  readonly attack: readonly string[]
  readonly atlas: readonly string[]
  readonly owasp: readonly string[]
  /** What an analyst does if this is the likeliest, as one sentence. */
  readonly step: (subject: Subject) => string
}
