/** Attacks that take data: in bulk, in drops, to storage elsewhere, through a channel of commands. */
import type { Item } from '../areas.ts'
import { HOUR_MS, MINUTE_MS } from '../clock.ts'
import type { SimulatedAgent } from '../world.ts'
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
} from './craft.ts'
import { DAY, DAYS, HOURS, MINUTES, type Scenario, WEEKS } from './scenario.ts'

const EVENTS_PER_VISIT = 15
const EXITS = [
  'mail.send',
  'webhooks.post',
  'storage.write',
  'web.fetch',
  'storage.copy',
  'notes.write',
]

/** How the agent sends things out, or the nearest that an attacker finds: its own tool if it has one. */
export function exit(
  craft: Craft,
  agent: SimulatedAgent,
  host: string,
): { action: string; item: Item } {
  const step = ownStep(agent, ...EXITS)
  const action = step?.action ?? craft.rng.pick(['webhooks.post', 'web.fetch'])
  if (action === 'mail.send') return { action, item: { id: `mailto/${host}`, type: 'recipient' } }
  if (action.startsWith('storage'))
    return {
      action,
      item: { id: `${host.split('.')[0]}-share/in/${craft.rng.hex(6)}`, type: 'object' },
    }
  return { action, item: { id: `https/${host}/upload`, type: 'webhook' } }
}

function bulkCollection(craft: Craft): void {
  const agent = victimOf(craft, (one) => readingStep(one).records !== undefined)
  const step = readingStep(agent)
  const isWide = craft.rng.chance(0.5) // many reads of the usual size, or few large ones
  const count = eventCount(craft, isWide ? 25 : 4)
  const factor = isWide ? 1 : 6 * craft.intensity
  for (const atMs of momentsFor(
    craft,
    agent,
    craft.rng.pick(['working', 'quiet']),
    Math.ceil(count / EVENTS_PER_VISIT),
  )) {
    const to = craft.intensity === 1 ? join(craft, agent, atMs) : visit(craft, agent, atMs)
    for (let i = 0; i < Math.min(count, EVENTS_PER_VISIT); i++)
      act(craft, to, own(craft, to, step, factor), 2)
  }
}

function slowDrip(craft: Craft): void {
  const agent = victimOf(craft)
  const host = strangeHost(craft)
  const factor = 0.8 + 0.3 * craft.intensity
  for (const atMs of momentsFor(craft, agent, 'working', eventCount(craft, 9))) {
    const to = join(craft, agent, atMs)
    const usual = own(craft, to, ownStep(agent, ...EXITS) ?? readingStep(agent), factor)
    act(craft, to, { ...usual, ...exit(craft, agent, host) })
  }
}

function foreignStorage(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(
    craft,
    (one) => ownStep(one, 'storage', 'files', 'reports', 'docs') !== undefined,
  )
  const bucket = `${strangeHost(craft).split('.')[0]}-transfer`
  const count = eventCount(craft, 7)
  const reading = readingStep(agent)
  const writing = ownStep(agent, 'storage.write', 'storage.copy', 'files.write', 'storage')
  for (const atMs of momentsFor(
    craft,
    agent,
    rng.pick(['working', 'quiet']),
    Math.ceil(count / 8),
  )) {
    const to = join(craft, agent, atMs)
    for (let i = 0; i < Math.min(8, count); i++) {
      const taken = own(craft, to, reading, craft.intensity)
      act(craft, to, taken)
      const item = { id: `${bucket}/${rng.hex(4)}/part-${i}`, type: 'object' }
      act(craft, to, { ...taken, action: writing?.action ?? 'storage.copy', item })
    }
  }
}

/** A beacon to a service that talks like any other. */
function commandChannel(craft: Craft): void {
  const { rng, spreadMs } = craft
  const agent = victimOf(craft)
  const count = Math.max(8, eventCount(craft, 14))
  const everyMs = Math.max(2 * MINUTE_MS, spreadMs / count)
  const id = `https/${rng.pick(['api.assistants', 'api.inference', 'hub.models'])}-${strangeHost(craft)}/v1/threads/${rng.hex(8)}`
  const action = ownStep(agent, 'web.fetch', 'webhooks.post', 'generate')?.action ?? 'http.post'
  const beginMs = momentFor(craft, agent, rng.pick(['working', 'now']), craft.startMs)
  for (let i = 0; i < count; i++) {
    const atMs = Math.floor(beginMs + everyMs * (i + rng.normal(0, 0.06)))
    if (atMs >= craft.world.endMs - HOUR_MS || atMs < craft.world.startMs) continue
    const to = visit(craft, agent, atMs)
    act(craft, to, { action, item: { id }, bytes: Math.round(rng.logNormal(900, 0.5)) })
  }
}

/** It may, but it was not made for it. */
function purposeViolation(craft: Craft): void {
  const agent = victimOf(craft)
  const count = eventCount(craft, 4)
  const step = readingStep(agent)
  const near = craft.rng.u32()
  for (const atMs of momentsFor(craft, agent, 'working', Math.ceil(count / 4))) {
    const to = join(craft, agent, atMs)
    for (let i = 0; i < Math.min(4, count); i++)
      act(craft, to, { ...own(craft, to, step), item: foreignItem(craft, agent, near) }, 15)
  }
}

export const collectionScenarios: readonly Scenario[] = [
  { number: 8, name: 'bulk-collection', spreadsMs: [MINUTES, HOURS, DAY], run: bulkCollection },
  { number: 9, name: 'slow-drip', spreadsMs: [DAYS, WEEKS], run: slowDrip },
  { number: 10, name: 'foreign-storage', spreadsMs: [MINUTES, HOURS, DAY], run: foreignStorage },
  { number: 30, name: 'command-channel', spreadsMs: [HOURS, DAY, DAYS], run: commandChannel },
  { number: 32, name: 'purpose-violation', spreadsMs: [HOURS, DAYS, WEEKS], run: purposeViolation },
]
