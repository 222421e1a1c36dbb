/** Attacks on who an agent is: its token, its credentials, its permissions, its name. */
import { hash } from '../../../math/random.ts'
import { HOUR_MS } from '../clock.ts'
import { sourceOf } from '../occurrence.ts'
import { addressIn, WORKPLACES } from '../origins.ts'
import { presence } from '../people.ts'
import { register } from '../registry.ts'
import { releaseAt, type Session } from '../sessions.ts'
import type { SimulatedAgent } from '../world.ts'
import {
  act,
  type Craft,
  eventCount,
  momentFor,
  momentsFor,
  own,
  readingStep,
  strangeNetwork,
  victimOf,
  visit,
  walk,
} from './craft.ts'
import { DAY, DAYS, HOURS, MINUTES, type Scenario, WEEKS } from './scenario.ts'

const CLIENTS = ['python-requests/2.32.3', 'curl/8.9.1', 'Go-http-client/2.0', 'node-fetch/3.3.2']
const EVENTS_PER_VISIT = 9

const hasSource = ({ shows }: SimulatedAgent) => shows.ip || shows.country

/** Works from a strange network, as the agent would; the subtle copy even its user agent. */
function abroad(craft: Craft, agent: SimulatedAgent, atMs: number, near: number): Partial<Session> {
  const { userAgent } = releaseAt(agent, atMs)
  const client = craft.intensity > 1 ? CLIENTS[near % CLIENTS.length]! : userAgent
  const home = WORKPLACES[agent.country] ?? WORKPLACES.DE!
  const network = craft.intensity > 1 ? strangeNetwork(craft) : home[1]!
  const source = sourceOf(agent, addressIn(network, near), client)
  return { source }
}

function stolenToken(craft: Craft): void {
  const agent = victimOf(craft, hasSource)
  const network = strangeNetwork(craft)
  const near = craft.rng.u32()
  const count = eventCount(craft, 14)
  const timing = craft.rng.pick(['working', 'now', 'quiet'] as const)
  const client = craft.rng.chance(0.5) ? undefined : craft.rng.pick(CLIENTS)
  for (const atMs of momentsFor(craft, agent, timing, Math.ceil(count / EVENTS_PER_VISIT))) {
    const userAgent = client ?? releaseAt(agent, atMs).userAgent
    const source = sourceOf(agent, addressIn(network, near), userAgent)
    walk(craft, visit(craft, agent, atMs, { source }), EVENTS_PER_VISIT)
  }
}

function outsideRuntime(craft: Craft): void {
  const agent = victimOf(craft, hasSource)
  const near = craft.rng.u32()
  const network = (WORKPLACES[agent.country] ?? WORKPLACES.DE!)[1]!
  const source = sourceOf(agent, addressIn(network, near), craft.rng.pick(CLIENTS))
  const isBare = craft.rng.chance(0.4) // a service of its own seldom says what set it off
  const count = eventCount(craft, 10)
  for (const atMs of momentsFor(craft, agent, 'working', Math.ceil(count / EVENTS_PER_VISIT))) {
    const to = visit(craft, agent, atMs, { source, ...(isBare && { trigger: undefined }) })
    walk(craft, to, EVENTS_PER_VISIT)
  }
}

function newCredential(craft: Craft): void {
  const agent = victimOf(craft, hasSource)
  const first = visit(craft, agent, momentFor(craft, agent, 'working', craft.startMs))
  const application = { id: `directory/applications/${agent.name}`, type: 'application' }
  act(craft, first, {
    action: 'credentials.create',
    item: application,
    scope: 'applications.write',
  })
  const near = craft.rng.u32()
  const changes = abroad(craft, agent, first.atMs, near)
  const useMs = first.atMs + craft.rng.between(0.2, 1) * craft.spreadMs
  walk(craft, visit(craft, agent, useMs, changes), eventCount(craft, 8))
}

function scopeCreep(craft: Craft): void {
  const agent = victimOf(craft, ({ shows }) => shows.scope)
  const { granted } = agent.blueprint
  const strangers = craft.world.agents.filter(({ blueprint }) => blueprint !== agent.blueprint)
  const gained: string[] = []
  const moments = momentsFor(craft, agent, 'working', 2 + craft.intensity)
  for (const atMs of moments) {
    const to = visit(craft, agent, atMs)
    const model = craft.rng.pick(strangers)
    const step = readingStep(model)
    const scope = step.scope ?? `${step.action.split('.')[0]}.read`
    gained.push(scope)
    const item = { id: `directory/agents/${agent.id}`, type: 'role' }
    act(craft, to, { action: 'roles.assign', item, scope, granted: [...granted, ...gained] })
    for (let i = 0; i < craft.rng.integer(1, 3); i++) {
      const taken = own(craft, { ...to, session: { ...to.session, agent: model } }, step)
      act(craft, to, { ...taken, scope, granted: [...granted, ...gained] }, 20)
    }
  }
}

function masquerade(craft: Craft): void {
  const trusted = victimOf(craft)
  const id = lookAlike(trusted.id, craft.rng.u32())
  const agent = disguised(trusted, id)
  if (craft.rng.chance(0.3)) craft.registered.push(register(craft.world, agent))
  const count = eventCount(craft, 12)
  for (const atMs of momentsFor(craft, trusted, 'working', Math.ceil(count / EVENTS_PER_VISIT)))
    walk(craft, visit(craft, agent, atMs), EVENTS_PER_VISIT)
}

function shadowAgent(craft: Craft): void {
  const model = victimOf(craft)
  const person = craft.rng.pick(craft.world.people)
  const isPerson = craft.rng.chance(0.5)
  const id = isPerson
    ? person.name
    : `svc-${craft.rng.pick(['sync', 'auto', 'task', 'batch'])}-${craft.rng.integer(2, 98)}`
  const agent = disguised(model, id, false)
  const count = eventCount(craft, 18)
  const everyMs = craft.spreadMs / count
  const to = visit(craft, agent, craft.startMs)
  for (let i = 0; i < count; i++) {
    to.atMs = craft.startMs + Math.floor(everyMs * (i + craft.rng.between(0, 0.1)))
    act(craft, to, own(craft, to, readingStep(model), craft.intensity))
  }
}

function compromisedPerson(craft: Craft): void {
  const { world, rng } = craft
  const first = victimOf(craft, ({ people, shows }) => people.length > 0 && shows.onBehalfOf)
  const index = first.people[0] ?? 0
  const person = world.people[index]!
  const others = craft.victims.filter((agent) => agent !== first && agent.people.includes(index))
  const count = Math.ceil(eventCount(craft, 16) / (1 + Math.min(2, others.length)))
  let atMs = craft.startMs
  while (craft.intensity > 1 && presence(person, atMs) > 0.1) atMs += HOUR_MS
  for (const agent of [first, ...others.slice(0, 2)]) {
    const shown = agent.shows.onBehalfOf ? person.name : undefined
    const to = visit(craft, agent, atMs + rng.integer(0, HOUR_MS), { person: shown })
    walk(craft, to, count, (honest) => ({
      ...honest,
      ...(honest.records !== undefined && { records: honest.records * craft.intensity }),
    }))
  }
}

/** The same agent under another id: own facts, no callers, nothing known of it. */
function disguised(agent: SimulatedAgent, id: string, keepsKind = true): SimulatedAgent {
  const releases = agent.releases.map((release) => {
    const { name, blueprint, ...facts } = release.agent
    const kind = {
      ...(name !== undefined && { name: id }),
      ...(blueprint !== undefined && { blueprint }),
    }
    return { ...release, agent: { ...facts, ...(keepsKind && kind), id } }
  })
  return { ...agent, id, name: id, releases, callers: [], changes: [] }
}

/** A digit for a letter, a letter doubled, an ending added: what the eye passes over. */
function lookAlike(id: string, near: number): string {
  const variants = [
    id.replace(/0(?=\d*$)/, 'O'),
    id.replace('l', '1'),
    id.replace('e', 'ee'),
    `${id}-v2`,
    id.replace('-', '_'),
  ].filter((variant) => variant !== id)
  return variants[hash(near, 9) % variants.length]!
}

export const identityScenarios: readonly Scenario[] = [
  { number: 1, name: 'stolen-token', spreadsMs: [MINUTES, HOURS, DAY, WEEKS], run: stolenToken },
  { number: 2, name: 'outside-runtime', spreadsMs: [MINUTES, HOURS, DAYS], run: outsideRuntime },
  { number: 12, name: 'new-credential', spreadsMs: [HOURS, DAY, DAYS], run: newCredential },
  { number: 13, name: 'scope-creep', spreadsMs: [DAYS, WEEKS], run: scopeCreep },
  { number: 24, name: 'masquerade', spreadsMs: [HOURS, DAY], run: masquerade },
  { number: 29, name: 'shadow-agent', spreadsMs: [HOURS, DAY, DAYS, WEEKS], run: shadowAgent },
  { number: 31, name: 'compromised-person', spreadsMs: [HOURS], run: compromisedPerson },
]
