/** Agents that write for people: pages and pictures for the public, papers for the board. */
import { churning, fixed, growing } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AWS_EU } from '../origins.ts'
import { runtime, suite } from '../platform.ts'
import { company, paper, topic } from '../words.ts'

export const marketingWriter: Blueprint = {
  name: 'marketing-writer',
  weight: 4,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York', 'Australia/Sydney'],
  rhythm: { perDay: 8, spread: 0.6 },
  flow: {
    lengthMax: 35,
    start: { brief: 3, page: 2 },
    steps: {
      brief: {
        action: 'files.read',
        area: 'files',
        bytes: [90_000, 1.1],
        gapS: [30, 1],
        scope: 'files.read',
        next: { write: 3, image: 1, brief: 2 },
      },
      page: {
        action: 'cms.read',
        area: 'pages',
        bytes: [30_000, 0.7],
        scope: 'cms.read',
        next: { write: 2, page: 2, end: 1 },
      },
      write: {
        action: 'cms.write',
        area: 'pages',
        bytes: [12_000, 0.8],
        gapS: [150, 1],
        failure: 0.01,
        scope: 'cms.write',
        next: { write: 2, image: 1, publish: 0.7, end: 2 },
      },
      image: {
        action: 'images.generate',
        area: 'images',
        bytes: [1_400_000, 0.6],
        gapS: [40, 0.6],
        failure: 0.03,
        scope: 'images.generate',
        next: { image: 2, write: 2, end: 1 },
      },
      publish: {
        action: 'webhooks.post',
        area: 'partners',
        bytes: [16_000, 0.8],
        scope: 'webhooks.post',
        next: { end: 1 },
      },
    },
  },
  areas: {
    files: churning(
      { type: 'file' },
      { size: 300, skew: 0.9, lifetimeDays: 35, shared: 0.25 },
      (n) => `sites/marketing/documents/${paper(n)}-${n % 89}.docx`,
    ),
    pages: growing(
      { type: 'page' },
      { first: 4000, perDay: 6, recencyDays: 5 },
      (n) => `cms/pages/${n}`,
    ),
    images: churning(
      { type: 'image' },
      { size: 5000, skew: 0.1, lifetimeDays: 3, shared: 0 },
      (n) => `assets/images/${n}.png`,
    ),
    partners: fixed(
      { type: 'webhook' },
      { size: 9, skew: 1.1, lifetimeDays: 70, shared: 0.6 },
      (n) => `https/hooks.${company(n)}.com/publish`,
    ),
  },
  origin: { kind: 'nat', networks: [AWS_EU] },
  trigger: 'prompt',
  people: 'team',
  models: ['claude-sonnet-4-5'],
  granted: ['files.read', 'cms.read', 'cms.write', 'images.generate', 'webhooks.post'],
  purpose: {
    actions: ['cms.*', 'images.generate', 'files.read', 'webhooks.post'],
    resources: ['cms/pages/*', 'assets/*', 'sites/*', 'https/hooks.*'],
  },
  criticality: 'low',
}

export const boardPack: Blueprint = {
  name: 'board-pack',
  weight: 4,
  platform: suite,
  zones: ['Europe/Berlin', 'America/New_York'],
  rhythm: { perDay: 0.25, spread: 0.6, monthEnd: 3 },
  flow: {
    lengthMax: 40,
    start: { read: 1 },
    steps: {
      read: {
        action: 'files.read',
        area: 'files',
        records: [1, 0],
        gapS: [30, 1],
        scope: 'Files.Read.All',
        next: { read: 5, table: 1, write: 2 },
      },
      table: {
        action: 'reports.read',
        area: 'reports',
        records: [300, 0.8],
        scope: 'Reports.Read',
        next: { read: 1, write: 2 },
      },
      write: {
        action: 'files.write',
        area: 'files',
        same: true,
        records: [1, 0],
        gapS: [200, 0.8],
        scope: 'Files.ReadWrite',
        next: { read: 2, end: 2 },
      },
    },
  },
  areas: {
    files: churning(
      { type: 'file', sensitivity: { confidential: 0.7, secret: 0.2 } },
      { size: 60, skew: 0.8, lifetimeDays: 25, shared: 0.3 },
      (n) => `sites/board/${topic(n % 20)}/${paper(n)}.pptx`,
    ),
    reports: fixed(
      { type: 'report' },
      { size: 15, skew: 0.8, lifetimeDays: 90, shared: 0.3 },
      (n) => `reports/${topic(n)}`,
    ),
  },
  origin: { kind: 'person' },
  trigger: 'prompt',
  people: 'one',
  granted: ['Files.Read.All', 'Files.ReadWrite', 'Reports.Read'],
  purpose: { actions: ['files.*', 'reports.read'], resources: ['sites/board/*', 'reports/*'] },
  criticality: 'medium',
}
