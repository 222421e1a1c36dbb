/**
 * Asides: the odd errand that has nothing to do with an agent's work, and is honest all the same.
 *
 * Some agents run one most weeks, most seldom or never. Without them whatever is new would be an
 * attack, and any detector of new things would look better than it is.
 */
import type { Random } from '../../math/random.ts'
import { type Area, churning, fixed, growing, single } from './areas.ts'
import type { Blueprint, Step } from './blueprint.ts'
import { compile, type Habits } from './flows.ts'
import { company, domain, paper, topic } from './words.ts'
import type { Flow } from './world.ts'

const CURIOUS_SHARE = 0.22 // of the agents that are asked for things run errands most weeks
const CURIOUS_PER_DAY = 0.15
const FREE_PER_DAY = 0.006 // one in half a year
const FIXED_PER_DAY = 0.0008 // one in three years, when someone mends something by hand
const FALL_OFF = 0.45 // each further kind of errand of an agent is so much rarer than the one before

const places = (type: string, prefix: string, size = 200): Area =>
  fixed(
    { type },
    { size, skew: 0.6, lifetimeDays: 30, shared: 0.4 },
    (n) => `${prefix}/${topic(n)}`,
  )

const AREAS: Readonly<Record<string, Area>> = {
  tools: single({ type: 'catalogue' }, 'tools/catalogue'),
  people: places('group', 'directory/people'),
  roles: places('role', 'directory/roles', 40),
  applications: places('application', 'directory/applications', 80),
  config: places('config', 'config/app'),
  vault: places('secret', 'vaults/shared', 60),
  policies: places('policy', 'policies', 80),
  memory: places('memory', 'memory'),
  assets: places('object', 'shared-assets', 300),
  approvals: places('approver', 'approvals', 9),
  rooms: places('calendar', 'calendars/rooms', 20),
  files: churning(
    { type: 'file' },
    { size: 400, skew: 0.8, lifetimeDays: 20, shared: 0.3 },
    (n) => `sites/${topic(n % 60)}/documents/${paper(n)}-${n % 89}.docx`,
  ),
  pages: churning(
    { type: 'page' },
    { size: 300, skew: 0.7, lifetimeDays: 9, shared: 0.3 },
    (n) => `https/docs.${domain(n % 90_000)}/guide`,
  ),
  services: churning(
    { type: 'webhook' },
    { size: 8, skew: 0.8, lifetimeDays: 25, shared: 0.3 },
    (n) => `https/api.${company(n)}.com/v1`,
  ),
  recipients: churning(
    { type: 'recipient' },
    { size: 20, skew: 0.8, lifetimeDays: 25, shared: 0.1 },
    (n) => `mailto/${company(n)}.com`,
  ),
  tickets: growing(
    { type: 'ticket' },
    { first: 0, perDay: 90, recencyDays: 1 },
    (n) => `tickets/${n}`,
  ),
}

const step = (
  action: string,
  area: string,
  bytes: number,
  records?: number,
  denied = 0.03,
): Step => ({
  action,
  area,
  bytes: [bytes, 0.9],
  ...(records !== undefined && { records: [records, 0.7] }),
  denied,
  next: {},
})

const ERRANDS: readonly Step[] = [
  step('tools.list', 'tools', 8000, 20),
  step('directory.read', 'people', 3000, 4, 0.1),
  step('directory.list', 'people', 15_000, 40, 0.15),
  step('roles.list', 'roles', 5000, 12),
  step('config.read', 'config', 2500),
  step('secrets.read', 'vault', 300, 1, 0.25),
  step('credentials.rotate', 'applications', 400),
  step('policies.read', 'policies', 6000),
  step('memory.write', 'memory', 1500, 1),
  step('storage.read', 'assets', 500_000),
  step('storage.copy', 'assets', 900_000, 3),
  step('approvals.request', 'approvals', 600),
  step('calendar.read', 'rooms', 3000, 6),
  step('files.read', 'files', 200_000, 1, 0.05),
  step('files.delete', 'files', 300, 1),
  step('web.fetch', 'pages', 120_000),
  step('http.post', 'services', 2500),
  step('webhooks.post', 'services', 2500),
  step('mail.send', 'recipients', 5000, 1),
  step('tickets.update', 'tickets', 1200),
  step('code.run', 'tools', 9000),
  step('agent.config.update', 'config', 1500),
]

/** Errands that only those who keep systems running are ever sent on. */
const PRIVILEGED = new Set([
  'roles.list',
  'secrets.read',
  'credentials.rotate',
  'files.delete',
  'code.run',
  'agent.config.update',
])

/**
 * The few kinds of errands an agent is sent on, and how many a day. They come with its kind: peers are
 * sent on the same, and each on one of its own besides. One that runs a fixed programme has next to
 * none; those that people and other agents ask for things have more.
 */
export function asidesOf(
  kind: Random,
  rng: Random,
  blueprint: Blueprint,
  habits: Habits,
): { readonly perDay: number; readonly flow: Flow } {
  const isFree = blueprint.trigger === 'prompt' || blueprint.trigger === 'agent'
  const open = ERRANDS.filter(
    ({ action }) => blueprint.runsSystems === true || !PRIVILEGED.has(action),
  )
  const shared = kind.shuffle(open).slice(0, kind.integer(3, 7))
  const weights: Record<string, number> = {}
  const steps: Record<string, Step> = {}
  for (const [n, errand] of [...shared, rng.pick(open)].entries()) {
    weights[errand.action] ??= FALL_OFF ** n
    steps[errand.action] = { ...errand, next: { [errand.action]: 0.25, end: 1 } }
  }
  const isCurious = isFree && rng.chance(CURIOUS_SHARE)
  const usual = isFree ? FREE_PER_DAY : FIXED_PER_DAY
  return {
    perDay: isCurious ? rng.logNormal(CURIOUS_PER_DAY, 0.8) : rng.logNormal(usual, 0.8),
    flow: compile({ start: weights, steps, lengthMax: 6 }, AREAS, habits),
  }
}

/** Steps that any blueprint's next release may bring. */
export const RELEASE_STEPS: readonly Step[] = ERRANDS.filter(({ area }) =>
  ['tools', 'memory', 'pages', 'assets', 'policies'].includes(area),
)

/** The area of an errand's step, for flows that are made of others. */
export const errandArea = (area: string): Area => AREAS[area]!
