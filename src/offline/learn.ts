/**
 * Learn: files of history into the live store, while its workers go on with what happens now.
 *
 * The events are taken in as history, in order of time, and lived apart from the agents' present; at
 * the end the workers join the two. How far it came is written with the events, so that a run that was
 * interrupted goes on where it was, and a file that was learned is not learned again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { PAST_EVENTS_MAX } from '../runtime/intake.ts'
import {
  endMarksOf,
  historyOf,
  learnedFiles,
  lockHistory,
  marksOf,
  takenOf,
  untilDone,
} from '../runtime/learned.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import { Chronicle, type ChronicleFile, type ChronicleOptions } from './chronicle.ts'

/** Until there may be room again for more history. */
const ROOM_PAUSE_MS = 20

export interface LearnOptions extends Omit<ChronicleOptions, 'progress'> {
  readonly progress?: (stage: LearnStage, done: number, total: number | undefined) => void
}

/** Files are read (bytes), events are taken in, and the workers' jobs are waited for. */
export type LearnStage = 'reading' | 'learning' | 'joining'

export interface Learned {
  /** Events taken in by this run; of them some may have been known. */
  readonly events: number
  /** Taken in by an earlier run that was interrupted. */
  readonly resumedFrom: number
  /** Files that had been learned before. */
  readonly known: readonly string[]
  readonly later: number
  readonly rejected: number
  readonly firstMs: number | undefined
  readonly lastMs: number | undefined
}

/**
 * Resolves once the workers have learned everything and joined it to the agents' present.
 *
 * @throws EngineError INPUT_UNREADABLE, FORMAT_UNKNOWN; CONFIG_INVALID where another history is being
 * learned, or some of the files are half learned together with others
 */
export async function learn(
  store: LiveStore,
  paths: readonly string[],
  options: LearnOptions,
): Promise<Learned> {
  const { progress = () => {} } = options
  const unlock = await lockHistory(store.client, store.keys)
  let chronicle: Chronicle | undefined
  try {
    chronicle = await Chronicle.read(paths, {
      ...options,
      progress: (_, bytesRead, totalBytes) => progress('reading', bytesRead, totalBytes),
    })
    return await take(store, chronicle, options, progress)
  } finally {
    await chronicle?.close()
    await unlock()
  }
}

async function take(
  store: LiveStore,
  chronicle: Chronicle,
  { signal }: LearnOptions,
  progress: NonNullable<LearnOptions['progress']>,
): Promise<Learned> {
  const { client, keys, partitions } = store
  const digests = chronicle.files.map(({ digest }) => digest)
  const found = await learnedFiles(client, keys, digests)
  const isKnown = (file: ChronicleFile) => found.get(file.digest) === 'done'
  const files = chronicle.files.filter((file) => !isKnown(file))
  const history = historyOf(files)
  const { accepted: resumedFrom } = await takenOf(client, keys, history.id)
  const begun = files.find(({ digest }) => found.get(digest) === 'begun')
  if (begun !== undefined && resumedFrom === 0) {
    const message =
      `${begun.path} is half learned, together with other files: expected the same files again, ` +
      'in the same order, so that the run that was interrupted can be finished.'
    throw new EngineError('CONFIG_INVALID', message)
  }

  const intake = await store.intake()
  let accepted = 0
  let firstMs: number | undefined
  let lastMs: number | undefined
  let batch: Event[] = []
  const send = async () => {
    const marks = marksOf(history, accepted, accepted === batch.length)
    await whenRoom(() => intake.acceptPast(batch, { marks }), signal)
    batch = []
    progress('learning', accepted, history.events)
  }
  for await (const event of chronicle.events(isKnown)) {
    firstMs ??= event.atMs
    lastMs = event.atMs
    accepted++
    if (accepted <= resumedFrom) continue
    batch.push(event)
    if (batch.length === PAST_EVENTS_MAX) await send()
  }
  if (batch.length > 0) await send()
  if (accepted > 0) await whenRoom(() => intake.endPast({ marks: endMarksOf(history) }), signal)
  let most = 0
  const waiting = (left: number) => {
    most = Math.max(most, left)
    progress('joining', most - left, most)
  }
  await untilDone(client, keys, partitions, waiting, signal)
  return {
    events: accepted - resumedFrom,
    resumedFrom,
    known: chronicle.files.filter(isKnown).map(({ path }) => path),
    later: chronicle.later,
    rejected: chronicle.rejected,
    firstMs,
    lastMs,
  }
}

/** Tries again while too much waits. */
async function whenRoom(send: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'QUEUE_FULL') throw error
      await sleep(ROOM_PAUSE_MS)
    }
  }
}
