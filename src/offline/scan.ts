/**
 * Scan: files of events in, scores and alerts out; no Redis and no network.
 *
 * The history is learned first and never alerted on. Then each event is judged in the order of the
 * files. One batch is held at a time, and reading waits while an output is slow. An alert is told
 * once, as its case was in the end.
 */
import { stat } from 'node:fs/promises'
import type { Alert } from '../alert/alert.ts'
import { alertOf, type Case } from '../alert/case.ts'
import { releaseName } from '../baselines/authority.ts'
import type { EngineOptions, Mode, Verdict } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { printable } from '../event/text.ts'
import type { Format } from '../formats/format.ts'
import { groupKey } from '../scoring/knowledge.ts'
import {
  addDay,
  blankValidity,
  type Validation,
  type Validity,
  validate,
} from '../scoring/validity.ts'
import { loadScan, saveScan } from './baselines-file.ts'
import { Output } from './output.ts'
import { type Batch, type Reject, readEvents } from './read.ts'
import { Replay } from './replay.ts'
import { scoreLine } from './score-line.ts'
import { sourcesOf } from './source.ts'

export interface ScanOptions extends EngineOptions {
  /** As in the live run that the scores are to equal. */
  readonly partitions: number
  /** Files learned from before the first event is judged. @default none */
  readonly history?: readonly string[] | undefined
  /** Whether nothing more is learned once the history is. @default false */
  readonly isFrozen?: boolean | undefined
  /** A format or its name, or `auto`. @default 'auto' */
  readonly format?: string | Format | undefined
  /** File for one score per event. @default none */
  readonly scores?: string | undefined
  /** File for the alerts. @default none */
  readonly alerts?: string | undefined
  /** Engines to go on with, or to look into afterwards. @default new ones */
  readonly replay?: Replay | undefined
  /** Told of every event that was taken, of history and events; the verdict holds until the next. */
  readonly taken?: ((event: Event, verdict: Verdict, isHistory: boolean) => void) | undefined
  /** File of what was learned earlier, to go on with. @default none */
  readonly baselines?: string | undefined
  /** File for what is learned by the end. @default none */
  readonly saveBaselines?: string | undefined
  /** Told after every batch. */
  readonly progress?: ((progress: ScanProgress) => void) | undefined
  /** Told of everything that is no event. */
  readonly rejected?: ((reject: Reject) => void) | undefined
  /** Ends the scan early and in good order: what was done till then is the result. */
  readonly signal?: AbortSignal | undefined
}

export interface ScanProgress {
  readonly isHistory: boolean
  readonly events: number
  readonly bytesRead: number
  /** Undefined where an input is a pipe. */
  readonly totalBytes: number | undefined
}

export interface Scan {
  /** Events judged, each once. */
  readonly events: number
  readonly historyEvents: number
  /** Second deliveries, of history and events. */
  readonly duplicates: number
  readonly rejected: number
  /** Records that are not ours to judge, by reason. */
  readonly skips: ReadonlyMap<string, number>
  /** Agents met in all. */
  readonly agents: number
  /** By time. */
  readonly alerts: readonly Alert[]
  /** Whether the budget's promise holds, by tenant. */
  readonly validity: ReadonlyMap<string, Validation>
  /** Agents that went on in another version or model, by another prompt or with another tool: no attacks. The first `CHANGES_MAX`. */
  readonly changes: readonly AgentChange[]
  /** Whether `signal` ended it early. */
  readonly isPartial: boolean
}

/** An agent that went on in another release, by another standing prompt, or with a tool new to its kind. */
export interface AgentChange {
  readonly tenant: string
  readonly agent: string
  /** RFC 3339, UTC. */
  readonly time: string
  /** As a reader would write it: 'version 1.5.0, claude-haiku-4-5'. */
  readonly release?: string
  /** The line of its timetable and the digest it now comes with: 'nightly, 4f0683162d589f26'. */
  readonly prompt?: string
  /** An action that several of its blueprint have taken up of late, and now it too. */
  readonly tool?: string
}

/** Changes told: a roll-out touches thousands of agents. */
const CHANGES_MAX = 1_000

/** The case behind an alert, which goes on growing after it was told. */
interface Told {
  readonly open: Case
  readonly alert: Alert
}

/**
 * Scans files.
 *
 * @param paths `-` is standard input
 * @throws EngineError INPUT_UNREADABLE, OUTPUT_UNWRITABLE, FORMAT_UNKNOWN
 */
export async function scan(paths: readonly string[], options: ScanOptions): Promise<Scan> {
  const { history = [], isFrozen = false, format, signal } = options
  await checkFiles([...history, ...paths], [options.scores, options.alerts, options.saveBaselines])
  const earlier =
    options.baselines === undefined ? undefined : await loadScan(options.baselines, options)
  const replay = options.replay ?? earlier?.replay ?? new Replay(options)
  const told = new Map<string, Told>()
  const skips = new Map<string, number>()
  const changes: AgentChange[] = []
  const days = new Map<string, Validity>()
  const counts = { events: 0, historyEvents: 0, duplicates: 0, rejected: 0 }
  let latestMs = earlier?.latestMs ?? Number.NEGATIVE_INFINITY

  const through = async (
    files: readonly string[],
    isHistory: boolean,
    each: (batch: Batch) => Promise<void>,
  ) => {
    for await (const batch of until(readEvents(files, { format }), signal)) {
      await each(batch)
      counts.rejected += batch.rejects.length
      if (options.rejected !== undefined) for (const one of batch.rejects) options.rejected(one)
      for (const { reason, count } of batch.skips) {
        skips.set(reason, (skips.get(reason) ?? 0) + count)
      }
      const { bytesRead, totalBytes } = batch
      const events = isHistory ? counts.historyEvents : counts.events
      options.progress?.({ isHistory, events, bytesRead, totalBytes })
    }
  }

  const outputs: Output[] = []
  const opened = async (path: string | undefined) => {
    if (path === undefined) return undefined
    const output = await Output.open(path)
    outputs.push(output)
    return output
  }
  try {
    const scores = await opened(options.scores)
    const alertsFile = await opened(options.alerts)
    const learning: Mode = { isAlerting: false, frozenMs: undefined, isApart: true }
    await through(history, true, async ({ events }) => {
      for (const event of events) {
        const verdict = replay.take(event, learning)
        if (verdict === undefined) counts.duplicates++
        else {
          counts.historyEvents++
          options.taken?.(event, verdict, true)
        }
        if (event.atMs > latestMs) latestMs = event.atMs
      }
    })
    if (history.length > 0) replay.settle()
    if (isFrozen && latestMs === Number.NEGATIVE_INFINITY && !signal?.aborted) {
      throw new EngineError(
        'INPUT_UNREADABLE',
        'The history holds no event: expected one at least before learning is frozen.',
      )
    }

    const judging: Mode = { isAlerting: true, frozenMs: isFrozen ? latestMs : undefined }
    await through(paths, false, async ({ events }) => {
      for (const event of events) {
        const verdict = replay.take(event, judging)
        for (const alert of replay.takeOverdue()) remember(told, replay, alert)
        if (verdict === undefined) {
          counts.duplicates++
          continue
        }
        counts.events++
        options.taken?.(event, verdict, false)
        if (!isFrozen && event.atMs > latestMs) latestMs = event.atMs
        if (scores !== undefined) scores.add(scoreLine(event, verdict))
        if (verdict.endedDayTail !== undefined) {
          const validity = days.get(event.tenant) ?? blankValidity()
          days.set(event.tenant, validity)
          addDay(validity, verdict.endedDayTail)
        }
        if (isChange(verdict) && changes.length < CHANGES_MAX) {
          changes.push(changeOf(event, verdict))
        }
        if (verdict.alert !== undefined) remember(told, replay, verdict.alert)
      }
      await scores?.flow()
    })

    if (options.saveBaselines !== undefined) {
      await saveScan(options.saveBaselines, { replay, latestMs })
    }
    const alerts = finalAlerts(told)
    for (const alert of alerts) alertsFile?.add(`${JSON.stringify(alert)}\n`)
    await Promise.all(outputs.splice(0).map((output) => output.close()))
    let agents = 0
    for (const engine of replay.engines) agents += engine.agents.size
    const validity = new Map([...days].map(([tenant, its]) => [tenant, validate(its)]))
    return {
      ...counts,
      skips,
      agents,
      alerts,
      changes,
      validity,
      isPartial: signal?.aborted ?? false,
    }
  } finally {
    // Where it failed: what there is gets written, and the first failure is the one to tell.
    await Promise.allSettled(outputs.map((output) => output.close()))
  }
}

function remember(told: Map<string, Told>, replay: Replay, alert: Alert): void {
  const key = groupKey(alert.tenant, alert.agent.id)
  const open = replay.engineFor(key).agents.get(key)?.case
  if (open !== undefined) told.set(alert.id, { open, alert })
}

/** A case that is over keeps its object, so every one can be told as it was in the end. */
function finalAlerts(told: ReadonlyMap<string, Told>): Alert[] {
  return [...told.values()]
    .map(({ open, alert: { agent, tenant, scoredWith } }) =>
      alertOf(open, agent, tenant, scoredWith),
    )
    .sort((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? -1 : 1))
}

/** Goes on until the signal, also where the next batch is long in coming. */
async function* until<T>(
  batches: AsyncGenerator<T, void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  let giveUp = () => {}
  signal?.addEventListener('abort', () => giveUp(), { once: true })
  while (!signal?.aborted) {
    // Not Promise.race: it would keep every batch for as long as the signal lives.
    const next = await new Promise<IteratorResult<T, void> | undefined>((resolve, reject) => {
      giveUp = () => resolve(undefined)
      batches.next().then(resolve, reject)
    })
    if (next === undefined || next.done) return
    yield next.value
  }
  await batches.return()
}

/** Looks at every file before the first is emptied or read. */
async function checkFiles(
  inputs: readonly string[],
  outputs: readonly (string | undefined)[],
): Promise<void> {
  if (inputs.filter((path) => path === '-').length > 1) {
    throw new EngineError('INPUT_UNREADABLE', 'Standard input can be read only once.')
  }
  await sourcesOf(inputs)
  const identity = async (path: string) => {
    const found = await stat(path).catch(() => undefined)
    return found?.isFile() ? `${found.dev}:${found.ino}` : undefined
  }
  const read = new Set(await Promise.all(inputs.map(identity)))
  const given = outputs.filter((path) => path !== undefined)
  for (const path of given) {
    const its = await identity(path)
    if (its === undefined || !read.has(its)) continue
    const message = `${path} cannot be written: it is read from as well.`
    throw new EngineError('OUTPUT_UNWRITABLE', message)
  }
  if (new Set(given).size < given.length) {
    const message = `${given[0]} cannot be written: it was named for more than one output.`
    throw new EngineError('OUTPUT_UNWRITABLE', message)
  }
}

function isChange({ isNewRelease, isNewPrompt, isNewTool }: Verdict): boolean {
  return isNewRelease || isNewPrompt || isNewTool
}

function changeOf(
  { tenant, agent, trigger, action, atMs }: Event,
  { isNewRelease, isNewPrompt, isNewTool }: Verdict,
): AgentChange {
  const line = [trigger?.id, trigger?.digest].filter((part) => part !== undefined).join(', ')
  return {
    tenant,
    agent: agent.id,
    time: new Date(atMs).toISOString(),
    ...(isNewRelease ? { release: printable(releaseName(agent)) } : {}),
    ...(isNewPrompt ? { prompt: printable(line) } : {}),
    ...(isNewTool ? { tool: printable(action) } : {}),
  }
}
