/** Attacks in which agents turn: on each other, out of their sleep, at birth, by night, or bit by bit. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts'
import { makeAgent } from '../population.ts'
import { register } from '../registry.ts'
import {
  act,
  type Craft,
  eventCount,
  foreignItem,
  join,
  momentFor,
  momentsFor,
  own,
  ownStep,
  readingStep,
  strangeHost,
  victimOf,
  visit,
  walk,
} from './craft.ts'
import { DAY, DAYS, HOURS, MINUTES, type Scenario, WEEKS } from './scenario.ts'

const REPLICATION_MS = 4 * MINUTE_MS // from being told to telling others, on the median

/** One agent's text makes others say the same to others: the digest travels with it. */
function propagation(craft: Craft): void {
  const { rng, intensity } = craft
  const first = victimOf(craft)
  const digest = rng.hex(16)
  const reached = new Set([first])
  let tellers = [{ agent: first, atMs: momentFor(craft, first, 'working', craft.startMs), by: '' }]
  for (
    let generation = 0;
    generation < 2 + Math.min(2, intensity) && tellers.length > 0;
    generation++
  ) {
    const told: typeof tellers = []
    for (const { agent, atMs, by } of tellers) {
      const trigger = { kind: 'agent', id: by, ...(agent.shows.digest && { digest }) }
      const isTold = by !== '' && agent.shows.trigger
      const to = isTold ? visit(craft, agent, atMs, { trigger }) : visit(craft, agent, atMs)
      if (by !== '') act(craft, to, own(craft, to, readingStep(agent), intensity))
      for (const next of rng.shuffle(craft.victims).slice(0, 1 + Math.ceil(intensity / 2))) {
        if (reached.has(next) || reached.size > craft.budget / 3) continue
        reached.add(next)
        const action = ownStep(agent, 'agent.invoke', 'mail.send')?.action ?? 'agent.invoke'
        act(craft, to, {
          action,
          item: { id: `agents/${next.id}`, type: 'agent' },
          bytes: rng.integer(1800, 2200),
        })
        told.push({ agent: next, atMs: to.atMs + rng.logNormal(REPLICATION_MS, 0.6), by: agent.id })
      }
    }
    tellers = told
  }
}

/** Five and more peers do the same unusual thing within the hour. */
function cascade(craft: Craft): void {
  const { rng, intensity } = craft
  const leader = victimOf(craft)
  const near = rng.u32()
  const others = rng
    .shuffle(craft.victims.filter((agent) => agent !== leader))
    .slice(0, 4 + 2 * intensity)
  const item = rng.chance(0.5)
    ? foreignItem(craft, leader, near)
    : { id: `https/${strangeHost(craft)}/tasks` }
  const beginMs = momentFor(craft, leader, 'working', craft.startMs)
  for (const agent of [leader, ...others]) {
    const to = visit(craft, agent, beginMs + rng.exponential(craft.spreadMs / 4))
    for (let i = 0; i < intensity; i++)
      act(craft, to, { ...own(craft, to, readingStep(agent), intensity), item }, 40)
  }
}

/** Silent since the first days of the log, and then at work again. */
function dormantWakes(craft: Craft): void {
  const { world, rng } = craft
  const agent = victimOf(craft)
  const asleepMs = world.startMs + rng.between(1, 4) * DAY_MS
  craft.silences.push({ agent, fromMs: asleepMs, toMs: world.endMs })
  const atMs = momentFor(craft, agent, rng.pick(['working', 'now']), craft.startMs)
  const visits = Math.ceil(eventCount(craft, 12) / 8)
  for (let i = 0; i < visits; i++)
    walk(craft, visit(craft, agent, atMs + Math.floor((i * craft.spreadMs) / visits)), 8)
}

/** Registered a moment ago, and at it within the hour. */
function newbornHarm(craft: Craft): void {
  const { world, rng, startMs, intensity } = craft
  const model = victimOf(craft)
  const setting = {
    startMs: world.startMs,
    endMs: world.endMs,
    people: world.people,
    rng: rng.fork('newborn'),
  }
  const life = { bornMs: startMs - 5 * MINUTE_MS, retiredMs: Infinity }
  const born = makeAgent(model.blueprint, 60 + rng.integer(0, 30), model.index, setting, [], life)
  craft.registered.push(register(world, born))
  const to = visit(craft, born, startMs)
  walk(craft, to, 3)
  const step = ownStep(born, 'delete', 'export', 'query', 'read') ?? readingStep(born)
  const count = eventCount(craft, 10)
  for (let i = 0; i < count; i++) act(craft, to, own(craft, to, step, 1 + intensity))
}

/** At an hour when it never works, and nobody asked for it. */
function offHoursRun(craft: Craft): void {
  const agent = victimOf(
    craft,
    ({ blueprint }) => (blueprint.rhythm.hours ?? 'office') === 'office',
  )
  const count = eventCount(craft, 10)
  const perVisit = craft.spreadMs > 2 * DAY ? 6 : count
  for (const atMs of momentsFor(craft, agent, 'quiet', Math.ceil(count / perVisit))) {
    const trigger = craft.rng.chance(0.5) ? undefined : { kind: 'manual' }
    walk(craft, visit(craft, agent, atMs, agent.shows.trigger ? { trigger } : {}), perVisit)
  }
}

/** A little more every day, until nobody wonders at the day that was meant from the start. */
function baselinePoisoning(craft: Craft): void {
  const { rng, intensity } = craft
  const agent = victimOf(
    craft,
    (one) => readingStep(one).bytes !== undefined || readingStep(one).records !== undefined,
  )
  const step = readingStep(agent)
  const isChaff = rng.chance(0.4) // widens what it touches instead of how much it takes
  const moments = momentsFor(craft, agent, 'working', eventCount(craft, 14))
  moments.forEach((atMs, n) => {
    const to = join(craft, agent, atMs)
    const factor = 1 + (isChaff ? 0 : (intensity * 2 * n) / moments.length)
    const usual = own(craft, to, step, factor)
    act(craft, to, isChaff ? { ...usual, item: foreignItem(craft, agent) } : usual)
  })
  const harvest = join(craft, agent, moments.at(-1)! + HOUR_MS)
  for (let i = 0; i < 3 * intensity; i++)
    act(craft, harvest, own(craft, harvest, step, 1 + intensity * 3))
}

export const rogueScenarios: readonly Scenario[] = [
  { number: 19, name: 'propagation', spreadsMs: [MINUTES, HOURS], run: propagation },
  { number: 20, name: 'cascade', spreadsMs: [MINUTES, HOURS], run: cascade },
  { number: 21, name: 'dormant-wakes', spreadsMs: [MINUTES, HOURS, DAY], run: dormantWakes },
  { number: 22, name: 'newborn-harm', spreadsMs: [MINUTES], run: newbornHarm },
  { number: 23, name: 'off-hours-run', spreadsMs: [MINUTES, HOURS, DAYS, WEEKS], run: offHoursRun },
  { number: 27, name: 'baseline-poisoning', spreadsMs: [DAYS, WEEKS], run: baselinePoisoning },
]
