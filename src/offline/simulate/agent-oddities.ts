/** Oddities of single agents: born, retired, growing, resting, busy with something out of the ordinary. */
import type { Random } from '../../math/random.ts'
import { DAY_MS, HOUR_MS } from './clock.ts'
import { rerouted } from './company-oddities.ts'
import { impose, type Oddity } from './impose.ts'
import { WORKPLACES } from './origins.ts'
import { makeAgent, type Setting } from './population.ts'
import { topic } from './words.ts'
import type { SimulatedAgent } from './world.ts'

/** Shares of the agents to which each befalls, over six weeks; at least one of each. */
const SHARES = {
  births: 0.06,
  retirements: 0.04,
  growth: 0.06,
  pauses: 0.05,
  migrations: 0.03,
  campaigns: 0.08,
  overtime: 0.05,
  travels: 0.05,
  withdrawals: 0.03,
  expiries: 0.04,
  trials: 0.05,
} as const

const SKEW_NOTED_MS = 5000
const LONG_PAUSE_SHARE = 0.25
const GROWTH_PER_WEEK = 1.05
/** Blueprints whose agents are sent to move data. */
export const MIGRANTS = [
  'nightly-etl',
  'stock-sync',
  'knowledge-indexer',
  'sales-copilot',
  'backup-keeper',
]
const EXPLORERS = ['data-scientist', 'sales-copilot', 'office-copilot', 'research-browser']

export function agentOddities(
  population: SimulatedAgent[],
  setting: Setting,
  rng: Random,
): Oddity[] {
  const residents = [...population]
  const some = (kind: keyof typeof SHARES, of: readonly SimulatedAgent[] = residents) => {
    const count = Math.max(1, Math.round(residents.length * SHARES[kind]))
    return rng.fork(kind).shuffle(of).slice(0, count)
  }
  const among = (names: readonly string[]) =>
    residents.filter(({ blueprint }) => names.includes(blueprint.name))
  const { startMs, endMs } = setting
  const at = (low: number, high: number) =>
    startMs + Math.floor(rng.between(low, high) * (endMs - startMs))
  return [
    ...some('retirements').map((agent) => retire(agent, at(0.3, 0.95), endMs)),
    ...some('growth').map((agent) => grow(agent, at(0, 0.4), endMs)),
    ...some('pauses').map((agent) => pause(agent, at(0.1, 0.85), rng)),
    ...some('migrations', among(MIGRANTS)).map((agent) => migrate(agent, at(0.2, 0.95), rng)),
    ...some('campaigns', among(EXPLORERS)).map((agent) => explore(agent, at(0.15, 0.9), rng)),
    ...some('overtime').map((agent) => workOvertime(agent, at(0.15, 0.9), rng)),
    ...some('travels', residents.filter(hasTravellers)).map((agent) =>
      travel(agent, at(0.1, 0.9), rng),
    ),
    ...some('withdrawals').map((agent) => withdraw(agent, at(0.2, 0.9), rng)),
    ...some('expiries').map((agent) => expire(agent, at(0.1, 0.95), rng)),
    ...some('trials').map((agent) => tryOut(agent, at(0.1, 0.95), rng)),
    ...standing(residents, setting),
    ...weekendDeploys(among(['release-deployer']), at(0.3, 0.8), rng),
    ...some('births').map((peer, n) => bear(peer, n, at(0.1, 0.9), population, setting)),
  ]
}

function retire(agent: SimulatedAgent, retiredMs: number, endMs: number): Oddity {
  Object.assign(agent, { retiredMs })
  return { kind: 'retired', agents: [agent.id], startMs: retiredMs, endMs }
}

/** A new agent of a known blueprint; it starts on the hour it was switched on. */
export function bear(
  peer: SimulatedAgent,
  n: number,
  bornMs: number,
  population: SimulatedAgent[],
  setting: Setting,
): Oddity {
  const called = population.filter(({ blueprint }) => blueprint.rhythm.called)
  const life = { bornMs, retiredMs: Infinity }
  const number = population.filter(({ blueprint }) => blueprint === peer.blueprint).length + n
  const agent = makeAgent(peer.blueprint, number, population.length, setting, called, life)
  population.push(agent)
  return { kind: 'new-agent', agents: [agent.id], startMs: bornMs, endMs: bornMs + 7 * DAY_MS }
}

export function grow(agent: SimulatedAgent, fromMs: number, endMs: number): Oddity {
  const weeks = Math.ceil((endMs - fromMs) / (7 * DAY_MS))
  for (let week = 0; week < weeks; week++) {
    const weekMs = fromMs + week * 7 * DAY_MS
    const rate = GROWTH_PER_WEEK ** (week + 1)
    agent.changes.push({ fromMs: weekMs, toMs: weekMs + 7 * DAY_MS, rate })
  }
  return { kind: 'growth', agents: [agent.id], startMs: fromMs, endMs }
}

/** Maintenance or a quiet season: nothing for some days, then on as before. */
function pause(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const days = rng.chance(LONG_PAUSE_SHARE) ? rng.between(12, 25) : rng.between(1, 9)
  const toMs = fromMs + days * DAY_MS
  return impose('pause', [agent], { fromMs, toMs, rate: 0 })
}

/** A one-off move of data, with a ticket: more runs and more in each. */
export function migrate(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const toMs = fromMs + rng.between(8, 50) * HOUR_MS
  const change = { fromMs, toMs, rate: rng.between(2, 7), volume: rng.between(2, 8) }
  return impose('migration', [agent], change, `CHG-${rng.integer(1000, 9999)}`)
}

/** An analyst spends some days on something new. */
function explore(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const toMs = fromMs + rng.between(2, 6) * DAY_MS
  const name = `${topic(rng.integer(0, 40))}-study-${rng.integer(2, 60)}`
  const flow = rerouted(agent, name, 0.9)
  const extra = { perDay: agent.perDay * rng.between(0.3, 1.5), flow, allDay: false }
  return impose('campaign', [agent], { fromMs, toMs, extra }, name)
}

/** A deadline: work at all hours for a few days. */
function workOvertime(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const toMs = fromMs + rng.between(1, 4) * DAY_MS
  const extra = { perDay: Math.max(2, agent.perDay * 0.5), flow: agent.flow, allDay: true }
  return impose('overtime', [agent], { fromMs, toMs, extra, byHand: rng.chance(0.4) })
}

export const hasTravellers = ({ blueprint }: SimulatedAgent) => blueprint.origin.kind === 'person'

/** Its people work from another country for a week or two, with leave. */
export function travel(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const toMs = fromMs + rng.between(3, 14) * DAY_MS
  const abroad = rng.pick(Object.keys(WORKPLACES).filter((country) => country !== agent.country))
  return impose('travel', [agent], { fromMs, toMs, abroad }, abroad)
}

/** A permission is taken away; it knocks for some days until its task is changed too. */
export function withdraw(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const { action } = rng.pick(agent.flow.steps)
  const toMs = fromMs + rng.between(1, 5) * DAY_MS
  return impose('permission-removed', [agent], { fromMs, toMs, barred: new Set([action]) }, action)
}

/** Its secret runs out; it tries and tries until somebody looks. */
function expire(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const toMs = fromMs + rng.between(2, 20) * HOUR_MS
  const error = 'HTTP 401: token expired'
  return impose('credential-expired', [agent], { fromMs, toMs, failing: 0.97, error, rate: 1.4 })
}

/** A developer runs it from the desk for an afternoon. */
function tryOut(agent: SimulatedAgent, fromMs: number, rng: Random): Oddity {
  const toMs = fromMs + rng.between(1, 5) * HOUR_MS
  const abroad = agent.country === '' ? 'DE' : agent.country
  return impose('developer-trial', [agent], {
    fromMs,
    toMs,
    abroad,
    byHand: true,
    rate: rng.between(1, 2),
  })
}

/** Clocks that are wrong and owners on vacation: nothing to impose, but worth a note. */
function standing(
  agents: readonly SimulatedAgent[],
  { startMs, endMs, people }: Setting,
): Oddity[] {
  return agents.flatMap(({ id, skewMs, blueprint, people: [first] }) => {
    const found: Oddity[] = []
    const note = `${Math.round(skewMs / 1000)} s`
    if (Math.abs(skewMs) > SKEW_NOTED_MS)
      found.push({ kind: 'clock-skew', agents: [id], startMs, endMs, note })
    const vacation = first === undefined ? undefined : people[first]!.vacation
    if (blueprint.people === 'one' && vacation !== undefined)
      found.push({
        kind: 'vacation',
        agents: [id],
        startMs: vacation[0] * DAY_MS,
        endMs: (vacation[1] + 1) * DAY_MS,
      })
    return found
  })
}

function weekendDeploys(agents: readonly SimulatedAgent[], nearMs: number, rng: Random): Oddity[] {
  if (agents.length === 0) return []
  const day = Math.floor(nearMs / DAY_MS)
  const fromMs = (day + ((6 - ((day + 4) % 7) + 7) % 7)) * DAY_MS + 6 * HOUR_MS // a Saturday
  const toMs = fromMs + rng.between(10, 34) * HOUR_MS
  return [
    impose('weekend-deploy', agents.slice(0, 3), ({ flow }) => ({
      fromMs,
      toMs,
      extra: { perDay: 25, flow, allDay: true },
    })),
  ]
}
