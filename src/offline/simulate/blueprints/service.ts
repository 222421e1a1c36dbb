/** Agents that serve customers and staff around the clock, and those that answer calls from them. */
import { churning, fixed, growing, single } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AWS_EU, AWS_US, AWS_V6, AZURE_US, GCP_ASIA, GCP_EU } from '../origins.ts'
import { gateway, runtime, traces } from '../platform.ts'
import { domain, paper, topic } from '../words.ts'

const tickets = growing(
  { type: 'ticket' },
  { first: 0, perDay: 90, recencyDays: 0.7 },
  (n) => `tickets/${n}`,
)
const articles = fixed(
  { type: 'article' },
  { size: 700, skew: 1.1, lifetimeDays: 50, shared: 0.8 },
  (n) => `kb/articles/${n}`,
)

export const supportChat: Blueprint = {
  name: 'support-chat',
  weight: 9,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Tokyo'],
  rhythm: { perDay: 55, hours: 'diurnal', weekend: 0.65, holiday: 0.7 },
  flow: {
    lengthMax: 25,
    start: { ticket: 6, search: 2 },
    steps: {
      ticket: {
        action: 'tickets.read',
        area: 'tickets',
        records: [1, 0],
        bytes: [3_000, 0.8],
        scope: 'tickets.read',
        next: { search: 4, order: 3, reply: 2 },
      },
      search: {
        action: 'kb.search',
        area: 'articles',
        records: [5, 0.4],
        bytes: [14_000, 0.5],
        gapS: [3, 0.7],
        scope: 'kb.read',
        next: { article: 4, reply: 3 },
      },
      article: {
        action: 'kb.read',
        area: 'articles',
        records: [1, 0],
        bytes: [8_000, 0.6],
        scope: 'kb.read',
        next: { reply: 4, article: 1 },
      },
      order: {
        action: 'orders.read',
        area: 'orders',
        records: [1, 0.5],
        bytes: [2_200, 0.5],
        failure: 0.01,
        scope: 'orders.read',
        next: { reply: 4, refund: 0.35, search: 1 },
      },
      refund: {
        action: 'refunds.create',
        area: 'orders',
        same: true,
        records: [1, 0],
        gapS: [30, 0.8],
        denied: 0.06,
        scope: 'refunds.write',
        next: { reply: 1 },
      },
      reply: {
        action: 'tickets.reply',
        area: 'tickets',
        same: true,
        bytes: [1_500, 0.6],
        gapS: [55, 1.1],
        scope: 'tickets.write',
        next: { search: 1.5, order: 0.8, close: 2, escalate: 0.3, end: 2 },
      },
      escalate: {
        action: 'tickets.assign',
        area: 'tickets',
        same: true,
        scope: 'tickets.write',
        next: { end: 1 },
      },
      close: {
        action: 'tickets.close',
        area: 'tickets',
        same: true,
        scope: 'tickets.write',
        next: { end: 1 },
      },
    },
  },
  areas: {
    tickets,
    articles,
    orders: growing(
      { type: 'order' },
      { first: 500_000, perDay: 450, recencyDays: 6 },
      (n) => `shop/orders/${n}`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_EU, AWS_US, GCP_ASIA] },
  trigger: 'prompt',
  models: ['gpt-5-mini', 'claude-haiku-4-5'],
  granted: ['tickets.read', 'tickets.write', 'kb.read', 'orders.read', 'refunds.write'],
  purpose: {
    actions: ['tickets.*', 'kb.*', 'orders.read', 'refunds.create'],
    resources: ['tickets/*', 'kb/articles/*', 'shop/orders/*'],
  },
  criticality: 'high',
  release: {
    name: 'translation',
    after: 'ticket',
    step: {
      action: 'text.translate',
      area: 'tickets',
      same: true,
      bytes: [1_800, 0.5],
      scope: 'tickets.read',
      next: { search: 2, reply: 3 },
    },
  },
}

export const researchBrowser: Blueprint = {
  name: 'research-browser',
  weight: 6,
  platform: gateway,
  zones: ['Europe/Berlin', 'America/Los_Angeles', 'Asia/Tokyo'],
  rhythm: { perDay: 6, spread: 0.9, weekend: 0.2 },
  flow: {
    lengthMax: 80,
    start: { search: 1 },
    steps: {
      search: {
        action: 'web.search',
        area: 'engine',
        bytes: [22_000, 0.4],
        gapS: [6, 0.8],
        failure: 0.02,
        scope: 'web.read',
        next: { fetch: 9, search: 1 },
      },
      fetch: {
        action: 'web.fetch',
        area: 'web',
        bytes: [160_000, 1.5],
        gapS: [5, 0.9],
        failure: 0.07,
        denied: 0.03,
        scope: 'web.read',
        next: { fetch: 8, search: 3, note: 2, download: 0.3, end: 0.8 },
      },
      download: {
        action: 'web.download',
        area: 'web',
        same: true,
        bytes: [2_200_000, 1.4],
        scope: 'web.read',
        next: { note: 2, fetch: 2 },
      },
      note: {
        action: 'notes.write',
        area: 'notes',
        bytes: [5_000, 0.9],
        gapS: [25, 0.7],
        scope: 'notes.write',
        next: { search: 3, fetch: 2, end: 2 },
      },
    },
  },
  areas: {
    engine: single({}, 'https/search.example.com'),
    web: churning(
      {},
      { size: 60_000, skew: 0.75, lifetimeDays: 12, shared: 0.1 },
      (n) => `https/${domain(n % 90_000)}/${topic(n)}/${n % 977}`,
    ),
    notes: churning(
      {},
      { size: 40, skew: 0.8, lifetimeDays: 8, shared: 0 },
      (n) => `notes/research/${topic(n % 500)}`,
    ),
  },
  origin: { kind: 'serverless', networks: [AWS_US, AWS_EU, AWS_V6] },
  trigger: 'prompt',
  people: 'team',
  granted: ['web.read', 'notes.write'],
  purpose: { actions: ['web.*', 'notes.write'], resources: ['https/*', 'notes/research/*'] },
  criticality: 'low',
}

export const orchestrator: Blueprint = {
  name: 'orchestrator',
  weight: 3,
  platform: traces,
  zones: ['Europe/Berlin', 'America/New_York'],
  rhythm: { perDay: 26, hours: 'diurnal', weekend: 0.3, spread: 0.6 },
  flow: {
    lengthMax: 24,
    start: { plan: 1 },
    steps: {
      plan: {
        action: 'tasks.plan',
        area: 'queue',
        bytes: [5_000, 0.6],
        gapS: [4, 0.6],
        next: { call: 5, memory: 2 },
      },
      memory: {
        action: 'memory.read',
        area: 'memory',
        bytes: [9_000, 0.9],
        records: [4, 0.5],
        next: { call: 4, remember: 0.4 },
      },
      call: {
        action: 'agent.invoke',
        area: 'agents',
        bytes: [2_400, 0.7],
        gapS: [8, 0.9],
        failure: 0.02,
        next: { call: 4, remember: 1, finish: 3 },
      },
      remember: {
        action: 'memory.write',
        area: 'memory',
        bytes: [2_000, 0.8],
        records: [1, 0],
        next: { call: 1, finish: 2 },
      },
      finish: { action: 'tasks.complete', area: 'queue', bytes: [700, 0.4], next: { end: 1 } },
    },
  },
  areas: {
    queue: single({ type: 'queue' }, 'tasks/main'),
    memory: fixed(
      { type: 'memory' },
      { size: 60, skew: 1.1, lifetimeDays: 30, shared: 0.1 },
      (n) => `memory/${topic(n)}`,
    ),
  },
  origin: { kind: 'nat', networks: [GCP_EU] },
  trigger: 'event',
  models: ['claude-opus-4-5', 'gpt-5'],
  granted: ['agents.invoke', 'memory.readwrite'],
  purpose: {
    actions: ['tasks.*', 'memory.*', 'agent.invoke'],
    resources: ['tasks/*', 'memory/*', 'agents/*'],
  },
  criticality: 'high',
}

export const documentWorker: Blueprint = {
  name: 'document-worker',
  weight: 9,
  platform: traces,
  zones: ['Europe/Berlin'],
  rhythm: { called: true, perDay: 4, hours: 'flat', weekend: 0.5, spread: 0.7 },
  flow: {
    lengthMax: 20,
    start: { fetch: 1 },
    steps: {
      fetch: {
        action: 'documents.read',
        area: 'documents',
        bytes: [400_000, 1.2],
        records: [1, 0],
        failure: 0.01,
        next: { fetch: 2, extract: 4 },
      },
      extract: {
        action: 'model.generate',
        area: 'model',
        bytes: [12_000, 0.7],
        gapS: [7, 0.6],
        failure: 0.015,
        next: { extract: 1, fetch: 1.5, write: 3 },
      },
      write: {
        action: 'documents.write',
        area: 'output',
        bytes: [30_000, 0.9],
        records: [1, 0.3],
        next: { fetch: 0.6, end: 3 },
      },
    },
  },
  areas: {
    documents: churning(
      { type: 'document' },
      { size: 3000, skew: 0.5, lifetimeDays: 10, shared: 0.3 },
      (n) => `docs/intake/${topic(n % 30)}/${paper(n)}-${n % 1000}.pdf`,
    ),
    model: single({ type: 'model' }, 'inference/default'),
    output: churning(
      { type: 'document' },
      { size: 800, skew: 0.3, lifetimeDays: 4, shared: 0 },
      (n) => `docs/extracted/${topic(n % 30)}/${n}.json`,
    ),
  },
  origin: { kind: 'nat', networks: [GCP_EU, AZURE_US] },
  trigger: 'agent',
  models: ['claude-haiku-4-5'],
  granted: ['documents.readwrite', 'inference.use'],
  purpose: {
    actions: ['documents.*', 'model.generate'],
    resources: ['docs/*', 'inference/default'],
  },
  criticality: 'medium',
}
