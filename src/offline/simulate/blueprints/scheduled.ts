/** Agents that run by a timetable: pollers, reports, warehouses, backups. */
import { churning, daily, fixed, single } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AWS_EU, AWS_US, GCP_EU, OWN_DC } from '../origins.ts'
import { runtime, scripts, trail } from '../platform.ts'
import { company, topic } from '../words.ts'

export const uptimePoller: Blueprint = {
  name: 'uptime-poller',
  weight: 5,
  platform: scripts,
  zones: ['UTC'],
  rhythm: { pollS: [700, 0.7] },
  flow: {
    lengthMax: 12,
    start: { check: 1 },
    steps: {
      check: {
        action: 'health.check',
        area: 'endpoints',
        bytes: [380, 0.25],
        failure: 0.012,
        next: { check: 1, metrics: 0.5, end: 1.2, note: 0.004 },
      },
      metrics: {
        action: 'metrics.read',
        area: 'endpoints',
        same: true,
        bytes: [4_100, 0.3],
        next: { check: 1, end: 1 },
      },
      note: { action: 'alerts.create', area: 'alerts', next: { end: 1 } },
    },
  },
  areas: {
    endpoints: fixed(
      { type: 'endpoint' },
      { size: 24, skew: 0.3, lifetimeDays: 200, shared: 0 },
      (n, { owner }) => `services/${topic((n + owner) % 70)}/health`,
    ),
    alerts: single({ type: 'queue' }, 'alerts/ops'),
  },
  origin: { kind: 'nat', networks: [OWN_DC] },
  trigger: 'schedule',
  granted: [],
  purpose: {
    actions: ['health.check', 'metrics.read', 'alerts.create'],
    resources: ['services/*', 'alerts/ops'],
  },
  criticality: 'low',
}

export const reportRunner: Blueprint = {
  name: 'report-runner',
  weight: 7,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York', 'UTC'],
  rhythm: {
    cron: [
      { every: 'hour', share: 0.45 },
      { every: 'workday', hours: [5, 6, 7, 8], sessions: 3 },
      { every: 'week', hours: [4, 6, 9], sessions: 4, share: 0.6 },
      { every: 'month-end', hours: [18, 20, 22], sessions: 9 },
    ],
  },
  flow: {
    lengthMax: 40,
    start: { query: 1 },
    steps: {
      query: {
        action: 'warehouse.query',
        area: 'tables',
        records: [1_800, 1.2],
        bytes: [240_000, 1.2],
        gapS: [9, 0.9],
        failure: 0.01,
        scope: 'warehouse.read',
        next: { query: 3, render: 2 },
      },
      render: {
        action: 'reports.render',
        area: 'reports',
        bytes: [600_000, 0.6],
        gapS: [12, 0.5],
        scope: 'reports.write',
        next: { mail: 3, query: 1, end: 1 },
      },
      mail: {
        action: 'mail.send',
        area: 'lists',
        bytes: [700_000, 0.6],
        records: [1, 0],
        scope: 'mail.send',
        next: { mail: 1, end: 3 },
      },
    },
  },
  areas: {
    tables: fixed(
      { type: 'table', sensitivity: { internal: 0.8, confidential: 0.15 } },
      { size: 160, skew: 1, lifetimeDays: 120, shared: 0.2 },
      (n) => `warehouse/${topic(n % 9)}/${topic(n + 20)}`,
    ),
    reports: fixed(
      { type: 'report' },
      { size: 12, skew: 0.8, lifetimeDays: 90, shared: 0 },
      (n, { owner }) => `reports/${topic((n + owner) % 200)}`,
    ),
    lists: fixed(
      { type: 'recipient' },
      { size: 15, skew: 1, lifetimeDays: 120, shared: 0 },
      (n) => `mailto/list-${topic(n)}`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_EU, OWN_DC] },
  trigger: 'schedule',
  granted: ['warehouse.read', 'reports.write', 'mail.send'],
  purpose: {
    actions: ['warehouse.query', 'reports.render', 'mail.send'],
    resources: ['warehouse/*', 'reports/*', 'mailto/*'],
  },
  criticality: 'medium',
}

export const nightlyEtl: Blueprint = {
  name: 'nightly-etl',
  weight: 8,
  platform: trail,
  zones: ['UTC', 'Europe/Berlin', 'America/New_York'],
  rhythm: {
    cron: [
      { every: 'day', hours: [0, 1, 2, 3, 4], sessions: 4 },
      { every: 'hour', share: 0.25 },
      { every: 'month-end', hours: [1, 5], sessions: 12, share: 0.7 },
    ],
  },
  flow: {
    lengthMax: 160,
    start: { list: 1 },
    steps: {
      list: {
        action: 'storage.list',
        area: 'landing',
        records: [180, 0.7],
        bytes: [30_000, 0.6],
        scope: 's3:ListBucket',
        next: { read: 1 },
      },
      read: {
        action: 'storage.read',
        area: 'landing',
        bytes: [48_000_000, 1.6],
        records: [90_000, 1.6],
        gapS: [2.5, 0.9],
        failure: 0.008,
        scope: 's3:GetObject',
        next: { read: 12, query: 4, write: 3 },
      },
      query: {
        action: 'warehouse.query',
        area: 'tables',
        bytes: [900_000, 1.5],
        records: [12_000, 1.7],
        gapS: [20, 1.1],
        failure: 0.01,
        scope: 'redshift:Execute',
        next: { read: 4, write: 3, query: 2 },
      },
      write: {
        action: 'storage.write',
        area: 'marts',
        bytes: [21_000_000, 1.4],
        records: [50_000, 1.4],
        gapS: [6, 0.8],
        failure: 0.004,
        scope: 's3:PutObject',
        next: { read: 5, write: 2, cleanup: 0.4, end: 1 },
      },
      cleanup: {
        action: 'storage.delete',
        area: 'temporary',
        records: [20, 1],
        scope: 's3:DeleteObject',
        next: { end: 2, read: 1 },
      },
    },
  },
  areas: {
    landing: daily(
      { type: 'object' },
      { parts: 48, backDays: 0.25 },
      (date, part, { owner }) =>
        `lake-landing/${topic(owner % 25)}/dt=${date}/part-${part}.parquet`,
    ),
    marts: daily(
      { type: 'object' },
      { parts: 16, backDays: 0.1 },
      (date, part, { owner }) => `lake-marts/${topic(owner % 25)}/dt=${date}/part-${part}.parquet`,
    ),
    temporary: daily(
      { type: 'object' },
      { parts: 8, backDays: 1 },
      (date, part) => `lake-tmp/stage-${part}/dt=${date}`,
    ),
    tables: fixed(
      { type: 'table' },
      { size: 90, skew: 0.9, lifetimeDays: 90, shared: 0.2 },
      (n) => `warehouse/${topic(n % 9)}/${topic(n + 20)}`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_US] },
  trigger: 'schedule',
  granted: ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 'redshift:Execute'],
  purpose: {
    actions: ['storage.*', 'warehouse.query'],
    resources: ['lake-landing/*', 'lake-marts/*', 'lake-tmp/*', 'warehouse/*'],
  },
  criticality: 'high',
}

export const backupKeeper: Blueprint = {
  name: 'backup-keeper',
  weight: 3,
  platform: trail,
  zones: ['UTC'],
  rhythm: {
    cron: [
      { every: 'day', hours: [22, 23, 1], sessions: 3 },
      { every: 'week', hours: [3], sessions: 8 },
    ],
  },
  flow: {
    lengthMax: 120,
    start: { list: 1 },
    steps: {
      list: {
        action: 'storage.list',
        area: 'sources',
        records: [900, 0.8],
        scope: 'backup.read',
        next: { copy: 1 },
      },
      copy: {
        action: 'storage.copy',
        area: 'sources',
        bytes: [900_000_000, 1.5],
        records: [700, 1.2],
        gapS: [14, 0.8],
        failure: 0.006,
        scope: 'backup.write',
        next: { copy: 14, verify: 2, prune: 1 },
      },
      verify: {
        action: 'storage.read',
        area: 'sources',
        same: true,
        bytes: [60_000_000, 1.2],
        scope: 'backup.read',
        next: { copy: 4, prune: 1 },
      },
      prune: {
        action: 'storage.delete',
        area: 'expired',
        records: [400, 0.9],
        scope: 'backup.delete',
        next: { prune: 1, end: 1 },
      },
    },
  },
  areas: {
    sources: fixed(
      { type: 'volume' },
      { size: 70, skew: 0.2, lifetimeDays: 400, shared: 0.1 },
      (n) => `volumes/${topic(n)}`,
    ),
    expired: daily(
      { type: 'snapshot' },
      { parts: 20, backDays: 35 },
      (date, part) => `snapshots/${date}/${topic(part)}`,
    ),
  },
  origin: { kind: 'nat', networks: [OWN_DC, GCP_EU] },
  trigger: 'schedule',
  granted: ['backup.read', 'backup.write', 'backup.delete'],
  purpose: { actions: ['storage.*'], resources: ['volumes/*', 'snapshots/*'] },
  criticality: 'high',
}

export const stockSync: Blueprint = {
  name: 'stock-sync',
  weight: 6,
  platform: trail,
  zones: ['UTC', 'America/New_York'],
  rhythm: { cron: [{ every: 'hour' }], perDay: 12, hours: 'diurnal', weekend: 0.8, spread: 1 },
  flow: {
    lengthMax: 60,
    start: { pull: 1 },
    steps: {
      pull: {
        action: 'erp.stock.read',
        area: 'sites',
        records: [260, 1],
        bytes: [52_000, 1],
        gapS: [2, 0.7],
        failure: 0.015,
        scope: 'erp.read',
        next: { pull: 3, push: 3, end: 0.5 },
      },
      push: {
        action: 'shop.stock.update',
        area: 'sites',
        same: true,
        records: [40, 1.3],
        bytes: [8_000, 1.3],
        failure: 0.02,
        scope: 'shop.write',
        next: { pull: 4, partner: 0.6, end: 2 },
      },
      partner: {
        action: 'webhooks.post',
        area: 'partners',
        bytes: [8_500, 1],
        failure: 0.03,
        scope: 'webhooks.post',
        next: { pull: 1, end: 1 },
      },
    },
  },
  areas: {
    sites: churning(
      { type: 'site' },
      { size: 40, skew: 0.6, lifetimeDays: 90, shared: 0.3 },
      (n) => `erp/sites/${n % 300}/stock`,
    ),
    partners: fixed(
      { type: 'webhook' },
      { size: 7, skew: 0.9, lifetimeDays: 70, shared: 0.5 },
      (n) => `https/api.${company(n + 40)}.com/stock`,
    ),
  },
  origin: { kind: 'serverless', networks: [AWS_EU, AWS_US] },
  trigger: 'schedule',
  granted: ['erp.read', 'shop.write', 'webhooks.post'],
  purpose: {
    actions: ['erp.stock.read', 'shop.stock.update', 'webhooks.post'],
    resources: ['erp/sites/*', 'https/api.*'],
  },
  criticality: 'medium',
}
