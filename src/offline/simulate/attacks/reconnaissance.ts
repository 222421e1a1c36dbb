/** Attacks that look around: probing what is closed, listing what there is, gathering secrets. */
import { topic } from '../words.ts'
import {
  act,
  type Craft,
  eventCount,
  foreignItem,
  join,
  momentsFor,
  own,
  readingStep,
  victimOf,
  visit,
} from './craft.ts'
import { DAY, DAYS, HOURS, MINUTES, type Scenario, WEEKS } from './scenario.ts'

const EVENTS_PER_VISIT = 12

function accessProbing(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(craft, ({ blueprint }) => blueprint.name !== 'security-scanner')
  const count = eventCount(craft, 12)
  const step = readingStep(agent)
  const deniedShare = rng.between(0.6, 0.95)
  for (const atMs of momentsFor(craft, agent, 'working', Math.ceil(count / EVENTS_PER_VISIT))) {
    const to = rng.chance(0.5) ? join(craft, agent, atMs) : visit(craft, agent, atMs)
    for (let i = 0; i < EVENTS_PER_VISIT; i++) {
      // The subtle stay in their own system and try their neighbours' things.
      const item = craft.intensity === 1 ? neighbour(craft, to, agent) : foreignItem(craft, agent)
      const { action, scope } = step
      const isDenied = rng.chance(deniedShare)
      act(craft, to, { action, item, scope, ...(isDenied && { outcome: 'denied' as const }) }, 3)
    }
  }
}

function directoryReconnaissance(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(craft, ({ blueprint }) => blueprint.name !== 'access-janitor')
  const count = eventCount(craft, 9)
  const actions = rng
    .shuffle([
      'directory.read',
      'directory.list',
      'roles.list',
      'tools.list',
      'inventory.list',
      'agents.list',
    ])
    .slice(0, 1 + craft.intensity)
  for (const atMs of momentsFor(
    craft,
    agent,
    rng.pick(['working', 'quiet']),
    Math.ceil(count / EVENTS_PER_VISIT),
  )) {
    const to = join(craft, agent, atMs)
    for (let i = 0; i < Math.min(count, EVENTS_PER_VISIT); i++) {
      const kind = rng.pick(['groups', 'applications', 'people', 'roles'])
      const item = { id: `directory/${kind}/${topic(rng.integer(0, 240))}`, type: 'group' }
      act(
        craft,
        to,
        {
          action: rng.pick(actions),
          item,
          records: rng.poisson(30 * craft.intensity),
          bytes: rng.integer(2000, 20000),
        },
        2,
      )
    }
  }
}

function secretHarvest(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(craft, ({ blueprint }) => blueprint.name !== 'security-scanner')
  const count = eventCount(craft, 6)
  const reading = readingStep(agent)
  const perVisit = craft.spreadMs > DAY ? 2 : 8
  for (const atMs of momentsFor(craft, agent, 'working', Math.ceil(count / perVisit))) {
    const to = join(craft, agent, atMs)
    for (let i = 0; i < Math.min(perVisit, count); i++) {
      const place = rng.pick(['vaults/deploy', 'vaults/shared', 'config/env', 'git/atlas/secrets'])
      const item = { id: `${place}/${topic(rng.integer(0, 200))}-key`, type: 'secret' }
      // Through its own reading tool, or through the vault's.
      const action = rng.chance(0.5)
        ? reading.action
        : rng.pick(['secrets.read', 'config.read', 'secrets.list'])
      const isDenied = rng.chance(0.2)
      act(craft, to, {
        action,
        item,
        records: 1,
        bytes: rng.integer(80, 4000),
        ...(isDenied && { outcome: 'denied' as const }),
      })
    }
  }
}

/** A thing of the same system that belongs to somebody else's part of it. */
function neighbour(
  craft: Craft,
  to: Parameters<typeof own>[1],
  agent: ReturnType<typeof victimOf>,
) {
  const { item } = own(craft, to, readingStep(agent))
  const parts = item.id.split('/')
  const at = Math.min(1, parts.length - 1)
  parts[at] = `${topic(craft.rng.integer(40, 300))}`
  return { ...item, id: parts.join('/') }
}

export const reconnaissanceScenarios: readonly Scenario[] = [
  {
    number: 3,
    name: 'access-probing',
    spreadsMs: [MINUTES, HOURS, DAY, WEEKS],
    run: accessProbing,
  },
  {
    number: 4,
    name: 'directory-reconnaissance',
    spreadsMs: [MINUTES, HOURS, DAY],
    run: directoryReconnaissance,
  },
  {
    number: 11,
    name: 'secret-harvest',
    spreadsMs: [MINUTES, HOURS, DAYS, WEEKS],
    run: secretHarvest,
  },
]
