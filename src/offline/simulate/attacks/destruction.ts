/** Attacks that break things: code that gets out, deletion, loops, floods, and logs switched off. */
import { HOUR_MS } from '../clock.ts'
import { topic } from '../words.ts'
import {
  act,
  type Craft,
  eventCount,
  join,
  momentFor,
  momentsFor,
  own,
  ownStep,
  readingStep,
  victimOf,
  visit,
  walk,
} from './craft.ts'
import { DAY, DAYS, HOURS, MINUTES, type Scenario } from './scenario.ts'

const ESCAPES = [
  'sandbox/host/proc/1/root',
  'sandbox/host/var/run/docker.sock',
  'metadata/169.254.169.254/iam',
  'sandbox/runner/etc/shadow',
  'hosts/build/root/.ssh',
]

function codeExecution(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(
    craft,
    (one) =>
      craft.intensity === 5 || ownStep(one, 'code.run', 'notebooks.run', 'exec') !== undefined,
  )
  const count = eventCount(craft, 5)
  const running = ownStep(agent, 'code.run', 'notebooks.run')?.action ?? 'shell.exec'
  for (const atMs of momentsFor(craft, agent, 'working', Math.ceil(count / 6))) {
    const to = join(craft, agent, atMs)
    for (let i = 0; i < Math.min(6, count); i++) {
      const isReading = rng.chance(0.4)
      const item = { id: rng.chance(0.7) ? rng.pick(ESCAPES) : `sandbox/tmp/${rng.hex(6)}.sh` }
      const isDenied = rng.chance(0.25)
      act(
        craft,
        to,
        {
          action: isReading ? 'files.read' : running,
          item,
          bytes: Math.round(rng.logNormal(3000, 1.2)),
          ...(isDenied && { outcome: 'denied' as const }),
        },
        8,
      )
    }
  }
}

function massDeletion(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(
    craft,
    (one) => ownStep(one, 'delete', 'update', 'write', 'close', 'move') !== undefined,
  )
  const deleting = ownStep(agent, 'delete')
  const step = deleting ?? readingStep(agent)
  const family = step.action.slice(0, step.action.lastIndexOf('.'))
  const action = deleting?.action ?? `${family}.delete`
  const count = eventCount(craft, 14)
  const to = visit(
    craft,
    agent,
    momentFor(craft, agent, rng.pick(['working', 'quiet', 'now']), craft.startMs),
  )
  // Things it usually keeps, not those whose time has come.
  const reading = readingStep(agent)
  for (let i = 0; i < count; i++) {
    const { item } = own(craft, to, reading)
    const records = rng.chance(0.5) ? 1 : rng.poisson(40 * craft.intensity)
    act(
      craft,
      to,
      { action, item, scope: deleting?.scope, records },
      Math.min(60, craft.spreadMs / 1000 / count),
    )
  }
}

/** The same two steps over and over, as fast as they go. */
function runawayLoop(craft: Craft): void {
  const { rng, budget, intensity } = craft
  const agent = victimOf(craft)
  const count = Math.round(Math.min(budget * 5, rng.logNormal(90 * intensity, 0.4)))
  const { steps } = agent.flow
  const pair = [rng.pick(steps), rng.pick(steps)]
  const to = join(craft, agent, momentFor(craft, agent, 'working', craft.startMs))
  const gapS = Math.min(30, craft.spreadMs / 1000 / count)
  const isStuck = rng.chance(0.5) // on one thing, or on a new one each time
  const stuckOn = own(craft, to, pair[0]!).item
  for (let i = 0; i < count; i++) {
    const usual = own(craft, to, pair[i % 2]!)
    act(craft, to, isStuck ? { ...usual, item: stuckOn } : usual, gapS)
  }
}

function approvalFatigue(craft: Craft): void {
  const { rng } = craft
  const agent = victimOf(
    craft,
    (one) => ownStep(one, 'approvals', 'pay', 'refund', 'roles', 'deploy') !== undefined,
  )
  const step = ownStep(agent, 'approvals')
  const to = join(
    craft,
    agent,
    momentFor(craft, agent, rng.pick(['working', 'quiet']), craft.startMs),
  )
  const count = eventCount(craft, 12)
  const item = step
    ? own(craft, to, step).item
    : { id: `approvals/lead-${rng.integer(1, 9)}`, type: 'approver' }
  const gapS = craft.spreadMs / 1000 / count
  for (let i = 0; i < count; i++)
    act(craft, to, { action: step?.action ?? 'approvals.request', item, scope: step?.scope }, gapS)
  const prize = ownStep(agent, 'pay', 'refund', 'roles', 'deploy')
  if (prize) act(craft, to, own(craft, to, prize, craft.intensity))
}

/** Silence for some hours, and what is seen at its edges. */
function auditGap(craft: Craft): void {
  const { rng, intensity } = craft
  const agent = victimOf(craft, ({ perDay, poll }) => perDay > 8 || poll !== undefined)
  const to = join(craft, agent, momentFor(craft, agent, 'working', craft.startMs))
  if (rng.chance(0.7))
    act(craft, to, {
      action: rng.pick(['audit.disable', 'logging.update', 'trails.stop']),
      item: { id: `audit/${topic(rng.integer(0, 12))}/settings`, type: 'trail' },
    })
  const fromMs = to.atMs
  const toMs = Math.min(
    craft.world.endMs - HOUR_MS,
    fromMs + rng.between(1.5, 4) * intensity * HOUR_MS,
  )
  craft.silences.push({ agent, fromMs, toMs })
  const after = visit(craft, agent, toMs + rng.integer(1000, 300_000))
  const step = ownStep(agent, 'export', 'delete', 'send', 'read') ?? readingStep(agent)
  for (let i = 0; i < 2 + intensity; i++) act(craft, after, own(craft, after, step, intensity))
  walk(craft, after, 2)
}

export const destructionScenarios: readonly Scenario[] = [
  { number: 16, name: 'code-execution', spreadsMs: [MINUTES, HOURS, DAYS], run: codeExecution },
  { number: 17, name: 'mass-deletion', spreadsMs: [MINUTES, HOURS, DAY], run: massDeletion },
  { number: 18, name: 'runaway-loop', spreadsMs: [MINUTES, HOURS, DAY], run: runawayLoop },
  { number: 25, name: 'audit-gap', spreadsMs: [HOURS, DAY], run: auditGap },
  { number: 28, name: 'approval-fatigue', spreadsMs: [MINUTES, HOURS], run: approvalFatigue },
]
