/**
 * Background: a small company that goes about its work, learned once and gone on from many times.
 *
 * Nothing out of the ordinary befalls it: what a run adds, an attack or an honest change, is all that
 * differs from one run to the next. Its agents still have their errands, busy days and releases.
 */
import { pack, unpack } from 'msgpackr'
import type { Registry } from '../../agent/registry.ts'
import type { EngineOptions, Mode } from '../../engine.ts'
import type { Event } from '../../event/event.ts'
import { parseEvent } from '../../event/parse.ts'
import { Replay, type ReplayOptions } from '../replay.ts'
import { DAY_MS } from '../simulate/clock.ts'
import { arrivals } from '../simulate/deliver.ts'
import { type Company, foundCompany } from '../simulate/found-company.ts'
import type { Occurrence } from '../simulate/occurrence.ts'

/** How large the company is and how long it is learned. */
export interface BackgroundOptions {
  readonly seed: number
  /** The day on which judging begins, RFC 3339 date, UTC; a Monday keeps the twins' plans right. */
  readonly judgedFrom: string
  readonly agents: number
  readonly learnedDays: number
  readonly judgedDays: number
  /** Factor on how often sessions begin; 1 gives about 150 events per agent and day. */
  readonly pace: number
}

/** One event on its way to us. */
export interface Delivered {
  readonly agent: string
  /** When it happened and when it arrives, by a clock without fault; ms since the epoch. */
  readonly happenedMs: number
  readonly arrivesMs: number
  readonly event: Event
}

export interface Background {
  readonly options: BackgroundOptions
  readonly startMs: number
  /** Where learning ends and judging begins. */
  readonly judgedMs: number
  readonly endMs: number
  /** In order of arrival. */
  readonly delivered: readonly Delivered[]
  /** How many of them arrive before judging begins. */
  readonly learned: number
  /** The same company as at its beginning, to be changed at will. */
  found(): Company
  /** Engines that have learned what arrives before judging begins; new ones with every call. */
  resume(options: EngineOptions): Replay
}

const LEARNING: Mode = { isAlerting: false, frozenMs: undefined }

export function backgroundOf(
  options: BackgroundOptions,
  replayOptions: Omit<ReplayOptions, 'registry'>,
  registryOf: (company: Company) => Registry,
): Background {
  const { judgedFrom, learnedDays, judgedDays, seed, agents, pace } = options
  const judgedMs = Date.parse(`${judgedFrom}T00:00:00Z`)
  const startMs = judgedMs - learnedDays * DAY_MS
  const start = new Date(startMs).toISOString().slice(0, 10)
  const found = () => foundCompany({ seed, agents, pace, start, days: learnedDays + judgedDays })
  const company = found()
  const delivered = Array.from(arrivals(company.world, [], []), deliveredOf)
  const after = delivered.findIndex(({ arrivesMs }) => arrivesMs >= judgedMs)
  const learned = after < 0 ? delivered.length : after

  const replay = new Replay({ ...replayOptions, registry: registryOf(company) })
  for (let at = 0; at < learned; at++) replay.take(delivered[at]!.event, LEARNING)
  replay.settle()
  const saved = pack(replay.save())

  return {
    options,
    startMs,
    judgedMs,
    endMs: company.world.endMs,
    delivered,
    learned,
    found,
    resume: (resumed) => Replay.load(resumed, unpack(saved)),
  }
}

/** Throws a RangeError where the simulator wrote what is no event. */
export function deliveredOf({ agent, atMs, arrivesMs, event }: Occurrence): Delivered {
  const parsed = parseEvent(event)
  if ('reject' in parsed) throw new RangeError(`${parsed.reject.path}: ${parsed.reject.reason}`)
  return { agent: agent.id, happenedMs: atMs, arrivesMs, event: parsed.event }
}
