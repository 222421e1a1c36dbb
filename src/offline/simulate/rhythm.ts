/** Rhythm: when an agent's sessions begin. A function of the agent and the hour, and of nothing else. */
import { hash, type Random } from '../../math/random.ts'
import type { TriggerKind } from './blueprint.ts'
import { atWallTime, HOUR_MS, MINUTE_MS, wallTime, type Zone } from './clock.ts'
import { dayOfMonth, isHoliday, weekdayOf, workdaysLeftInMonth } from './holidays.ts'
import { isAway } from './people.ts'
import type { Change, CronLine, Flow, SimulatedAgent, World } from './world.ts'

export interface Start {
  readonly atMs: number
  readonly kind: TriggerKind | undefined
  readonly triggerId?: string
  readonly flow?: Flow
}

const CRON_SKIP = 0.006 // a run that fails to start leaves no trace
const STARTS_MAX = 4000 // per agent and hour

export function startsIn(
  world: World,
  agent: SimulatedAgent,
  hourMs: number,
  active: readonly Change[],
  rng: Random,
): Start[] {
  const starts: Start[] = []
  const { blueprint, zone, hourWeights } = agent
  const rate = factorOf(active) * world.pace
  const { day, hour } = wallTime(zone, hourMs)
  const kind = blueprint.trigger
  const scatter = (count: number, start: Omit<Start, 'atMs'>) => {
    for (let i = 0; i < Math.min(count, STARTS_MAX); i++)
      starts.push({ atMs: hourMs + Math.floor(rng.uniform() * HOUR_MS), ...start })
  }

  if (agent.perDay > 0) {
    const weight = (hourWeights[hour]! / 24) * dayWeight(agent, day, world)
    scatter(rng.poisson(agent.perDay * weight * rate * dayNoise(agent, day)), { kind })
  }
  const { perDay, flow } = agent.asides
  scatter(rng.poisson((perDay * hourWeights[hour]! * rate) / 24), { kind, flow })
  for (const burst of agent.bursts) {
    if (burst.startMs >= hourMs + HOUR_MS) break
    const overlap = Math.min(burst.endMs, hourMs + HOUR_MS) - Math.max(burst.startMs, hourMs)
    if (overlap > 0) scatter(rng.poisson((burst.perHour * overlap * rate) / HOUR_MS), { kind })
  }
  for (const { extra } of active) {
    if (extra === undefined) continue
    const weight = extra.allDay ? 1 : hourWeights[hour]! * dayWeight(agent, day, world)
    scatter(rng.poisson((extra.perDay * weight * world.pace) / 24), { kind, flow: extra.flow })
  }
  pollStarts(agent, hourMs, rate, starts, rng)
  for (const line of agent.cron) cronStarts(line, hourMs, rate, starts, rng)
  return starts.sort((a, b) => a.atMs - b.atMs)
}

export const activeChanges = ({ changes }: SimulatedAgent, atMs: number): Change[] =>
  changes.filter(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)

const factorOf = (active: readonly Change[]): number =>
  active.reduce((factor, { rate = 1 }) => factor * rate, 1)

/** How a day compares with a usual working day, before chance. */
function dayWeight(agent: SimulatedAgent, day: number, { people }: World): number {
  const { rhythm } = agent.blueprint
  let weight = weekdayOf(day) % 6 === 0 ? (rhythm.weekend ?? 0.05) : 1
  if (isHoliday(agent.country, day)) weight = Math.min(weight, rhythm.holiday ?? 0.1)
  if (rhythm.monthEnd !== undefined && weight === 1) {
    if (workdaysLeftInMonth(day) <= 1) weight *= rhythm.monthEnd
    else if (dayOfMonth(day) <= 2) weight *= 1 + (rhythm.monthEnd - 1) / 2
  }
  const isOwnersAbsence = agent.blueprint.people === 'one' && isAway(people[agent.people[0]!]!, day)
  return isOwnersAbsence ? weight * (agent.blueprint.trigger === 'prompt' ? 0.02 : 0.5) : weight
}

/** Good and bad days: log-normal with mean 1, the same whenever it is asked. */
function dayNoise({ key, daySigma }: SimulatedAgent, day: number): number {
  const radius = Math.sqrt(-2 * Math.log((hash(key, day, 1) + 1) / 4_294_967_297))
  const z = radius * Math.cos((2 * Math.PI * hash(key, day, 2)) / 4_294_967_296)
  return Math.exp(daySigma * z - (daySigma * daySigma) / 2)
}

function pollStarts(
  { poll }: SimulatedAgent,
  hourMs: number,
  rate: number,
  starts: Start[],
  rng: Random,
): void {
  if (poll === undefined || rate === 0) return
  const everyMs = Math.max(MINUTE_MS / 2, poll.everyMs / rate)
  const first = Math.ceil((hourMs - poll.phaseMs) / everyMs) * everyMs + poll.phaseMs
  for (let atMs = first; atMs < hourMs + HOUR_MS; atMs += everyMs)
    starts.push({
      atMs: Math.floor(atMs + rng.exponential(1500)),
      kind: 'schedule',
      triggerId: 'poll',
    })
}

function cronStarts(
  line: CronLine,
  hourMs: number,
  rate: number,
  starts: Start[],
  rng: Random,
): void {
  for (const firingMs of firings(line, hourMs)) {
    if (rng.chance(CRON_SKIP)) continue
    let atMs = firingMs
    const sessions = Math.max(rate > 0.3 ? 1 : 0, Math.round(line.sessions * rate))
    for (let i = 0; i < Math.min(sessions, STARTS_MAX); i++) {
      atMs += 300 + rng.logNormal(i === 0 ? 4000 : 40_000, 0.9)
      starts.push({ atMs: Math.floor(atMs), kind: 'schedule', triggerId: line.id })
    }
  }
}

/** The times in the hour at which the line of the timetable fires. */
function firings({ every, zone, minute, weekday }: CronLine, hourMs: number): number[] {
  if (every === 'hour') return [hourMs + (minute % 60) * MINUTE_MS]
  const times: number[] = []
  for (const day of daysTouched(zone, hourMs)) {
    const isDue =
      every === 'day' ||
      (every === 'workday' && weekdayOf(day) % 6 !== 0) ||
      (every === 'week' && weekdayOf(day) === weekday) ||
      (every === 'month-end' && workdaysLeftInMonth(day) === 0 && weekdayOf(day) % 6 !== 0)
    const atMs = atWallTime(zone, day, minute)
    if (isDue && atMs >= hourMs && atMs < hourMs + HOUR_MS) times.push(atMs)
  }
  return times
}

function daysTouched(zone: Zone, hourMs: number): number[] {
  const first = wallTime(zone, hourMs).day
  const last = wallTime(zone, hourMs + HOUR_MS - 1).day
  return first === last ? [first] : [first, last]
}
