/** Attacks through what an agent reads: instructions in mail and pages, tools, memory and prompts. */
import { HOUR_MS } from '../clock.ts'
import { workIn } from '../sessions.ts'
import { topic } from '../words.ts'
import { exit } from './collection.ts'
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

/** Reads a poisoned mail or page in an honest session, gathers a little, and sends it out. */
function indirectInjection(craft: Craft): void {
  const agent = victimOf(
    craft,
    (one) => ownStep(one, 'mail', 'web', 'tickets', 'files') !== undefined,
  )
  const host = strangeHost(craft)
  const visits = craft.intensity === 1 ? 1 : 2 * craft.intensity
  for (const atMs of momentsFor(craft, agent, 'working', visits)) {
    const to = join(craft, agent, atMs)
    for (let i = 0; i < craft.rng.integer(1, 1 + craft.intensity); i++)
      act(craft, to, own(craft, to, readingStep(agent)))
    const gathered = own(
      craft,
      to,
      ownStep(agent, 'send', 'post', 'write') ?? readingStep(agent),
      craft.intensity,
    )
    act(craft, to, { ...gathered, ...exit(craft, agent, host) })
  }
}

const CHAIN = [
  'code.run',
  'files.read',
  'secrets.read',
  'http.post',
  'shell.exec',
  'directory.read',
  'mail.send',
]

/** Talked out of its rules, it strings tools together as nobody does. */
function jailbreak(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(craft, ({ blueprint }) => blueprint.trigger === 'prompt')
  const count = eventCount(craft, 6)
  const to = visit(craft, agent, momentFor(craft, agent, 'working', craft.startMs))
  const foreignShare = [0.15, 0.4, 0.7][Math.min(2, Math.floor(craft.intensity / 2))]!
  const { steps } = agent.flow
  for (let i = 0; i < count; i++) {
    const step = rng.pick(steps)
    const usual = own(craft, to, step)
    const strange = {
      action: rng.pick(CHAIN),
      item: foreignItem(craft, agent),
      bytes: rng.integer(200, 90_000),
    }
    act(craft, to, rng.chance(foreignShare) ? strange : usual, 12)
  }
}

/** Planted today, done days later, set off by something that never sets it off. */
function delayedInstruction(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(craft)
  const planting = join(craft, agent, momentFor(craft, agent, 'working', craft.startMs))
  const writing = ownStep(
    agent,
    'memory.write',
    'notes.write',
    'calendar.write',
    'files.write',
    'update',
  )
  const note = writing
    ? own(craft, planting, writing)
    : {
        action: 'memory.write',
        item: { id: `memory/${topic(rng.integer(0, 90))}`, type: 'memory' },
        bytes: 1400,
      }
  act(craft, planting, note)
  const laterMs = Math.min(craft.world.endMs - 2 * HOUR_MS, planting.atMs + craft.spreadMs)
  const trigger = agent.shows.trigger
    ? {
        kind: agent.blueprint.trigger === 'schedule' ? 'event' : 'schedule',
        id: `reminder/${rng.hex(4)}`,
      }
    : undefined
  const host = strangeHost(craft)
  const to = visit(craft, agent, momentFor(craft, agent, rng.pick(['working', 'quiet']), laterMs), {
    trigger,
  })
  walk(craft, to, 2 + craft.intensity * 2)
  act(craft, to, {
    ...own(craft, to, readingStep(agent), craft.intensity),
    ...exit(craft, agent, host),
  })
}

/** False facts are written where it remembers; from then on a favourite of the attacker's wins. */
function memoryPoisoning(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(
    craft,
    (one) => ownStep(one, 'memory', 'kb', 'vectors', 'notes', 'ledger') !== undefined,
  )
  const count = eventCount(craft, 8)
  const poisoned = join(craft, agent, momentFor(craft, agent, 'working', craft.startMs))
  for (let i = 0; i < 1 + craft.intensity; i++)
    act(craft, poisoned, {
      action:
        ownStep(agent, 'memory.write', 'vectors.write', 'notes.write')?.action ?? 'memory.write',
      item: { id: `memory/${topic(rng.integer(40, 400))}`, type: 'memory' },
      bytes: Math.round(rng.logNormal(4000 * craft.intensity, 0.6)),
      records: craft.intensity,
    })
  const step =
    ownStep(agent, 'send', 'pay', 'reply', 'update', 'write', 'invoke') ?? readingStep(agent)
  const favourite = foreignFavourite(craft, own(craft, poisoned, step).item.id)
  for (const atMs of momentsFor(craft, agent, 'working', count)) {
    const to = join(craft, agent, atMs)
    const usual = own(craft, to, step)
    act(craft, to, { ...usual, item: { ...usual.item, id: favourite } })
  }
}

/** The tool keeps its name; behind every use there now is a second call, to somewhere else. */
function toolRugPull(craft: Craft): void {
  const { world, rng, startMs, spreadMs } = craft
  const first = victimOf(craft, (one) => one.flow.steps.length > 3)
  const peers = craft.victims.filter(({ blueprint }) => blueprint === first.blueprint).slice(0, 4)
  const { action } = rng.pick(first.flow.steps)
  const host = strangeHost(craft)
  const share = [0.15, 0.4, 0.9][Math.min(2, Math.floor(craft.intensity / 2))]!
  const isSameName = rng.chance(0.6)
  let left = Math.min(craft.budget, 30 * craft.intensity)
  for (const agent of new Set([first, ...peers])) {
    for (
      let hourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
      hourMs < startMs + spreadMs;
      hourMs += HOUR_MS
    ) {
      for (const { atMs, event } of workIn(world, agent, hourMs)) {
        if (event.action !== action || left <= 0 || atMs < startMs || !rng.chance(share)) continue
        const { source, onBehalfOf: person, session: id } = event
        const to = visit(craft, agent, atMs + rng.integer(150, 900), {
          source,
          person,
          id,
          trigger: event.trigger as never,
        })
        const called = isSameName ? action : exit(craft, agent, host).action
        act(craft, to, {
          action: called,
          item: { id: `https/${host}/mcp` },
          bytes: Math.round(rng.logNormal(2500, 0.8)),
        })
        left--
      }
    }
  }
  if (craft.occurrences.length === 0) indirectInjection(craft)
}

/** A quiet change of its instructions, and then a little more of what it should not do. */
function guardrailChange(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(craft)
  const to = join(
    craft,
    agent,
    momentFor(craft, agent, rng.pick(['working', 'quiet']), craft.startMs),
  )
  const action = rng.pick([
    'prompts.update',
    'guardrails.disable',
    'agent.config.update',
    'policies.update',
  ])
  act(craft, to, {
    action,
    item: { id: `agents/${agent.id}/config`, type: 'config' },
    bytes: rng.integer(300, 9000),
  })
  const step =
    ownStep(agent, 'send', 'export', 'create', 'delete', 'update', 'share', 'run') ??
    readingStep(agent)
  const count = eventCount(craft, 4)
  for (let i = 0; i < count; i++) {
    const wishedMs = to.atMs + craft.rng.uniform() * craft.spreadMs
    const later = join(craft, agent, momentFor(craft, agent, 'working', wishedMs))
    act(craft, later, own(craft, later, step, 1 + craft.intensity))
  }
}

/** A thing in the same place as the given one, under a name of the attacker's choosing. */
function foreignFavourite(craft: Craft, id: string): string {
  const parts = id.split('/')
  parts[parts.length - 1] = /^\d+$/.test(parts.at(-1)!)
    ? String(craft.rng.integer(100, 9999))
    : `${topic(craft.rng.integer(60, 900))}`
  return parts.join('/')
}

export const injectionScenarios: readonly Scenario[] = [
  {
    number: 5,
    name: 'indirect-injection',
    spreadsMs: [MINUTES, DAY, WEEKS],
    run: indirectInjection,
  },
  { number: 6, name: 'jailbreak', spreadsMs: [MINUTES], run: jailbreak },
  { number: 7, name: 'delayed-instruction', spreadsMs: [DAYS, WEEKS], run: delayedInstruction },
  { number: 14, name: 'memory-poisoning', spreadsMs: [DAY, DAYS, WEEKS], run: memoryPoisoning },
  { number: 15, name: 'tool-rug-pull', spreadsMs: [HOURS, DAY, DAYS], run: toolRugPull },
  { number: 26, name: 'guardrail-change', spreadsMs: [HOURS, DAY, DAYS], run: guardrailChange },
]
