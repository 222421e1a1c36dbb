/** Agents that keep things in order: access rights, evidence, the index of what is known. */
import { churning, daily, fixed } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AZURE_EU, OWN_DC } from '../origins.ts'
import { gateway, scripts, traces } from '../platform.ts'
import { paper, topic } from '../words.ts'

export const accessJanitor: Blueprint = {
  name: 'access-janitor',
  runsSystems: true,
  weight: 2,
  platform: gateway,
  zones: ['Europe/Berlin', 'America/New_York'],
  rhythm: { cron: [{ every: 'day', hours: [6, 20] }], perDay: 6, spread: 0.4 },
  flow: {
    lengthMax: 60,
    start: { read: 1 },
    steps: {
      read: {
        action: 'directory.read',
        area: 'groups',
        bytes: [9_000, 0.8],
        scope: 'directory.read',
        next: { read: 5, member: 2, credential: 0.3, end: 0.7 },
      },
      member: {
        action: 'roles.assign',
        area: 'groups',
        same: true,
        gapS: [5, 0.6],
        failure: 0.01,
        scope: 'directory.write',
        next: { read: 3, revoke: 1, end: 1 },
      },
      revoke: {
        action: 'roles.revoke',
        area: 'groups',
        same: true,
        scope: 'directory.write',
        next: { read: 2, end: 1 },
      },
      credential: {
        action: 'credentials.rotate',
        area: 'applications',
        scope: 'applications.write',
        next: { end: 1, read: 1 },
      },
    },
  },
  areas: {
    groups: fixed(
      {},
      { size: 240, skew: 0.6, lifetimeDays: 25, shared: 0.2 },
      (n) => `directory/groups/${topic(n)}`,
    ),
    applications: fixed(
      {},
      { size: 60, skew: 0.4, lifetimeDays: 60, shared: 0.2 },
      (n) => `directory/applications/${topic(n)}`,
    ),
  },
  origin: { kind: 'nat', networks: [AZURE_EU] },
  trigger: 'schedule',
  granted: ['directory.read', 'directory.write', 'applications.write'],
  purpose: {
    actions: ['directory.read', 'roles.*', 'credentials.rotate'],
    resources: ['directory/*'],
  },
  criticality: 'high',
}

export const complianceCollector: Blueprint = {
  name: 'compliance-collector',
  weight: 3,
  platform: scripts,
  zones: ['Europe/Berlin'],
  rhythm: {
    cron: [
      { every: 'week', hours: [4, 5, 6], sessions: 3 },
      { every: 'workday', hours: [7, 8, 9] },
      { every: 'month-end', hours: [5], sessions: 12 },
    ],
  },
  flow: {
    lengthMax: 90,
    start: { policy: 1 },
    steps: {
      policy: {
        action: 'policies.read',
        area: 'policies',
        bytes: [7_000, 0.6],
        next: { audit: 1 },
      },
      audit: {
        action: 'audit.export',
        area: 'trails',
        bytes: [1_900_000, 1.1],
        records: [2_600, 1.1],
        gapS: [6, 0.8],
        failure: 0.01,
        next: { audit: 7, policy: 2, file: 1 },
      },
      file: {
        action: 'files.write',
        area: 'evidence',
        bytes: [2_400_000, 0.9],
        next: { audit: 1, end: 2 },
      },
    },
  },
  areas: {
    policies: fixed(
      { type: 'policy' },
      { size: 40, skew: 0.4, lifetimeDays: 300, shared: 0.8 },
      (n) => `policies/${topic(n)}`,
    ),
    trails: daily(
      { type: 'trail' },
      { parts: 12, backDays: 2.5 },
      (date, part) => `audit/${topic(part)}/${date}`,
    ),
    evidence: daily(
      { type: 'file' },
      { parts: 6, backDays: 0.2 },
      (date, part) => `evidence/${date}/control-${part}.zip`,
    ),
  },
  origin: { kind: 'nat', networks: [OWN_DC] },
  trigger: 'schedule',
  granted: ['audit.read', 'files.write'],
  purpose: {
    actions: ['policies.read', 'audit.export', 'files.write'],
    resources: ['policies/*', 'audit/*', 'evidence/*'],
  },
  criticality: 'medium',
}

export const knowledgeIndexer: Blueprint = {
  name: 'knowledge-indexer',
  weight: 3,
  platform: traces,
  zones: ['UTC'],
  rhythm: { pollS: [5400, 0.5], cron: [{ every: 'week', hours: [2], sessions: 6 }] },
  flow: {
    lengthMax: 120,
    start: { list: 1 },
    steps: {
      list: { action: 'files.list', area: 'folders', records: [90, 1], next: { read: 1 } },
      read: {
        action: 'files.read',
        area: 'files',
        bytes: [300_000, 1.4],
        records: [1, 0],
        gapS: [0.7, 0.7],
        failure: 0.01,
        denied: 0.02,
        next: { read: 10, embed: 4, list: 0.5, end: 0.6 },
      },
      embed: {
        action: 'vectors.write',
        area: 'index',
        bytes: [70_000, 0.9],
        records: [40, 0.8],
        next: { read: 8, end: 0.5 },
      },
    },
  },
  areas: {
    folders: fixed(
      { type: 'folder' },
      { size: 70, skew: 0.4, lifetimeDays: 60, shared: 0.6 },
      (n) => `sites/${topic(n % 60)}/documents`,
    ),
    files: churning(
      { type: 'file' },
      { size: 9000, skew: 0.2, lifetimeDays: 20, shared: 0.7 },
      (n) => `sites/${topic(n % 60)}/documents/${paper(n)}-${n % 89}.docx`,
    ),
    index: fixed(
      { type: 'index' },
      { size: 6, skew: 1, lifetimeDays: 200, shared: 0.5 },
      (n) => `vectors/knowledge-${n}`,
    ),
  },
  origin: { kind: 'nat', networks: [OWN_DC] },
  trigger: 'schedule',
  granted: ['files.read', 'vectors.write'],
  purpose: { actions: ['files.*', 'vectors.write'], resources: ['sites/*', 'vectors/*'] },
  criticality: 'medium',
}
