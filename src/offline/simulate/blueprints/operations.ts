/** Agents that keep things running: they answer alerts, deploy, and look for holes. */
import { fixed, growing, single } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AWS_EU, AWS_US } from '../origins.ts'
import { runtime, scripts, trail } from '../platform.ts'
import { topic } from '../words.ts'

const repositories = fixed(
  { type: 'repository' },
  { size: 40, skew: 1.05, lifetimeDays: 90, shared: 0.25 },
  (n) => `git/${topic(n % 8)}/${topic(n)}`,
)

export const incidentResponder: Blueprint = {
  name: 'incident-responder',
  runsSystems: true,
  weight: 5,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'],
  rhythm: {
    perDay: 1.2,
    hours: 'flat',
    weekend: 0.9,
    holiday: 1,
    bursts: { perWeek: 2.2, sessions: [14, 0.9], lengthH: [2.5, 0.8] },
  },
  flow: {
    lengthMax: 90,
    start: { alert: 1 },
    steps: {
      alert: {
        action: 'alerts.read',
        area: 'alerts',
        records: [3, 0.8],
        bytes: [4_000, 0.7],
        scope: 'alerts.read',
        next: { logs: 5, metrics: 3 },
      },
      logs: {
        action: 'logs.search',
        area: 'services',
        records: [400, 1.5],
        bytes: [300_000, 1.5],
        gapS: [8, 0.9],
        failure: 0.03,
        scope: 'logs.read',
        next: { logs: 5, metrics: 2, ticket: 2, rollback: 0.25, config: 0.4, end: 0.8 },
      },
      metrics: {
        action: 'metrics.read',
        area: 'services',
        same: true,
        bytes: [40_000, 0.8],
        scope: 'metrics.read',
        next: { logs: 3, ticket: 1, end: 0.6 },
      },
      config: {
        action: 'config.read',
        area: 'services',
        same: true,
        bytes: [3_000, 0.7],
        denied: 0.05,
        scope: 'config.read',
        next: { logs: 2, rollback: 0.5, end: 1 },
      },
      rollback: {
        action: 'deploy.rollback',
        area: 'services',
        same: true,
        gapS: [60, 0.7],
        failure: 0.08,
        scope: 'deploy.write',
        next: { metrics: 3, ticket: 1 },
      },
      ticket: {
        action: 'tickets.update',
        area: 'tickets',
        bytes: [1_500, 0.7],
        scope: 'tickets.write',
        next: { logs: 2, end: 3 },
      },
    },
  },
  areas: {
    alerts: growing(
      { type: 'alert' },
      { first: 0, perDay: 25, recencyDays: 0.1 },
      (n) => `alerts/${n}`,
    ),
    services: fixed(
      { type: 'service' },
      { size: 120, skew: 0.7, lifetimeDays: 30, shared: 0.4 },
      (n) => `services/${topic(n)}`,
    ),
    tickets: growing(
      { type: 'ticket' },
      { first: 0, perDay: 40, recencyDays: 0.5 },
      (n) => `tickets/OPS-${n}`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_EU] },
  trigger: 'event',
  models: ['gpt-5'],
  granted: [
    'alerts.read',
    'logs.read',
    'metrics.read',
    'config.read',
    'deploy.write',
    'tickets.write',
  ],
  purpose: {
    actions: ['alerts.read', 'logs.search', 'metrics.read', 'config.read', 'deploy.*', 'tickets.*'],
    resources: ['alerts/*', 'services/*', 'tickets/*'],
  },
  criticality: 'high',
}

export const securityScanner: Blueprint = {
  name: 'security-scanner',
  runsSystems: true,
  weight: 3,
  platform: trail,
  zones: ['UTC', 'Europe/Berlin'],
  rhythm: {
    cron: [
      { every: 'day', hours: [2, 3, 21], sessions: 2 },
      { every: 'week', hours: [1, 23], sessions: 7 },
    ],
    perDay: 2,
    hours: 'flat',
    weekend: 1,
    holiday: 1,
  },
  flow: {
    lengthMax: 150,
    start: { list: 1, users: 0.4 },
    steps: {
      list: {
        action: 'inventory.list',
        area: 'estate',
        records: [120, 0.9],
        scope: 'security.read',
        next: { probe: 8, policy: 2 },
      },
      users: {
        action: 'directory.read',
        area: 'directory',
        records: [200, 0.6],
        scope: 'directory.read',
        next: { policy: 2, probe: 4 },
      },
      probe: {
        action: 'ports.probe',
        area: 'estate',
        gapS: [0.8, 0.6],
        failure: 0.1,
        denied: 0.3,
        scope: 'security.read',
        next: { probe: 14, config: 3, policy: 1, end: 0.25 },
      },
      config: {
        action: 'config.read',
        area: 'estate',
        same: true,
        bytes: [2_500, 0.8],
        denied: 0.2,
        scope: 'security.read',
        next: { probe: 4, secrets: 0.3 },
      },
      secrets: {
        action: 'secrets.list',
        area: 'vaults',
        records: [14, 0.9],
        denied: 0.35,
        scope: 'security.read',
        next: { probe: 1 },
      },
      policy: {
        action: 'policies.read',
        area: 'policies',
        bytes: [6_000, 0.6],
        scope: 'security.read',
        next: { probe: 3, end: 0.3 },
      },
    },
  },
  areas: {
    estate: fixed(
      { type: 'host' },
      { size: 4000, skew: 0.1, lifetimeDays: 60, shared: 0.9 },
      (n) => `hosts/${topic(n % 12)}/${n}`,
    ),
    directory: fixed(
      { type: 'group' },
      { size: 60, skew: 0.4, lifetimeDays: 90, shared: 0.8 },
      (n) => `directory/groups/${topic(n)}`,
    ),
    vaults: fixed(
      { type: 'vault' },
      { size: 18, skew: 0.3, lifetimeDays: 200, shared: 0.9 },
      (n) => `vaults/${topic(n)}`,
    ),
    policies: fixed(
      { type: 'policy' },
      { size: 80, skew: 0.5, lifetimeDays: 90, shared: 0.9 },
      (n) => `policies/${topic(n)}`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_EU, AWS_US] },
  trigger: 'schedule',
  granted: ['security.read', 'directory.read'],
  purpose: {
    actions: [
      'inventory.list',
      'ports.probe',
      'config.read',
      'secrets.list',
      'directory.read',
    ].concat('policies.read'),
    resources: ['hosts/*', 'vaults/*', 'directory/*', 'policies/*'],
  },
  criticality: 'medium',
}

export const releaseDeployer: Blueprint = {
  name: 'release-deployer',
  runsSystems: true,
  weight: 4,
  platform: scripts,
  zones: ['Europe/Berlin', 'America/Los_Angeles'],
  rhythm: { perDay: 6, spread: 0.6, bursts: { perWeek: 1, sessions: [8, 0.5], lengthH: [3, 0.4] } },
  flow: {
    lengthMax: 40,
    start: { fetch: 1 },
    steps: {
      fetch: {
        action: 'repos.read',
        area: 'repositories',
        bytes: [9_000_000, 0.9],
        next: { build: 1 },
      },
      build: {
        action: 'code.run',
        area: 'runner',
        bytes: [300_000, 0.8],
        gapS: [180, 0.6],
        failure: 0.1,
        next: { secret: 2, build: 0.6, end: 0.3 },
      },
      secret: {
        action: 'secrets.read',
        area: 'secrets',
        records: [1, 0],
        next: { secret: 1, deploy: 3 },
      },
      deploy: {
        action: 'deploy.start',
        area: 'services',
        gapS: [30, 0.6],
        failure: 0.04,
        next: { deploy: 2, check: 3 },
      },
      check: {
        action: 'health.check',
        area: 'services',
        same: true,
        bytes: [400, 0.3],
        gapS: [60, 0.5],
        failure: 0.05,
        next: { check: 2, rollback: 0.1, end: 2 },
      },
      rollback: { action: 'deploy.rollback', area: 'services', same: true, next: { end: 1 } },
    },
  },
  areas: {
    repositories,
    runner: single({ type: 'runner' }, 'sandbox/builder'),
    secrets: fixed(
      { type: 'secret' },
      { size: 26, skew: 0.9, lifetimeDays: 120, shared: 0 },
      (n) => `vaults/deploy/${topic(n)}-key`,
    ),
    services: fixed(
      { type: 'service' },
      { size: 40, skew: 1, lifetimeDays: 80, shared: 0.1 },
      (n) => `services/${topic(n)}`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_EU] },
  trigger: 'event',
  granted: ['deploy', 'secrets.read', 'repo.read'],
  purpose: {
    actions: ['repos.read', 'code.run', 'secrets.read', 'deploy.*', 'health.check'],
    resources: ['git/*', 'sandbox/builder', 'vaults/deploy/*', 'services/*'],
  },
  criticality: 'high',
}
