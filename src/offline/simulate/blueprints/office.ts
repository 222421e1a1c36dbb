/** Agents that people talk to: they work when people do, and for them. */
import { churning, fixed } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AWS_EU, AZURE_EU, AZURE_US } from '../origins.ts'
import { runtime, suite } from '../platform.ts'
import { company, paper, topic } from '../words.ts'

const LABELS = { general: 0.7, confidential: 0.12, secret: 0.02 }

const files = churning(
  { type: 'file', sensitivity: LABELS },
  { size: 900, skew: 0.9, lifetimeDays: 35, shared: 0.25 },
  (n) => `sites/${topic(n % 60)}/documents/${paper(n)}-${n % 89}.docx`,
)
const accounts = fixed(
  { type: 'account' },
  { size: 2600, skew: 0.85, lifetimeDays: 60, shared: 0.15 },
  (n) => `crm/accounts/${1000 + n}`,
)
const mailbox = churning(
  { type: 'message' },
  { size: 4000, skew: 0.35, lifetimeDays: 9, shared: 0 },
  (n, { person }) => `mail/${person}/inbox/${n}`,
)
const calendar = fixed(
  { type: 'calendar' },
  { size: 12, skew: 1.3, lifetimeDays: 90, shared: 0.1 },
  (n, { person }) => (n < 7 ? `calendars/${person}` : `calendars/room-${n}`),
)
const recipients = fixed(
  { type: 'recipient' },
  { size: 420, skew: 0.95, lifetimeDays: 80, shared: 0.1 },
  (n) => (n % 5 === 0 ? `mailto/${company(n)}.com` : 'mailto/northwind.example'),
)

export const salesCopilot: Blueprint = {
  name: 'sales-copilot',
  weight: 10,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'America/Los_Angeles'],
  rhythm: { perDay: 17, monthEnd: 1.5 },
  flow: {
    lengthMax: 40,
    start: { search: 6, read: 3, recent: 1 },
    steps: {
      search: {
        action: 'crm.search',
        area: 'accounts',
        records: [12, 0.9],
        bytes: [9_000, 0.8],
        gapS: [20, 0.9],
        scope: 'crm.read',
        next: { read: 8, search: 2, end: 1 },
      },
      recent: {
        action: 'crm.list',
        area: 'accounts',
        records: [25, 0.4],
        bytes: [18_000, 0.4],
        scope: 'crm.read',
        next: { read: 5, end: 2 },
      },
      read: {
        action: 'crm.read',
        area: 'accounts',
        records: [1, 0],
        bytes: [6_000, 0.7],
        failure: 0.006,
        denied: 0.004,
        scope: 'crm.read',
        next: { read: 3, notes: 3, update: 1.4, draft: 1.6, file: 1, export: 0.05, end: 3 },
      },
      notes: {
        action: 'crm.notes.read',
        area: 'accounts',
        same: true,
        records: [6, 0.8],
        bytes: [4_000, 1],
        scope: 'crm.read',
        next: { update: 2, draft: 2, read: 2, end: 3 },
      },
      update: {
        action: 'crm.update',
        area: 'accounts',
        same: true,
        records: [1, 0],
        bytes: [900, 0.5],
        gapS: [45, 1],
        failure: 0.01,
        scope: 'crm.write',
        next: { read: 2, end: 4 },
      },
      draft: {
        action: 'mail.draft',
        area: 'recipients',
        bytes: [3_500, 0.6],
        gapS: [60, 0.8],
        scope: 'mail.draft',
        next: { send: 2, draft: 1, end: 2 },
      },
      send: {
        action: 'mail.send',
        area: 'recipients',
        same: true,
        bytes: [4_200, 0.7],
        gapS: [50, 0.9],
        scope: 'mail.send',
        next: { read: 1, end: 4 },
      },
      file: {
        action: 'files.read',
        area: 'files',
        bytes: [240_000, 1.3],
        scope: 'files.read',
        denied: 0.01,
        next: { file: 1, read: 1, end: 2 },
      },
      export: {
        action: 'crm.export',
        area: 'accounts',
        records: [160, 1.1],
        bytes: [120_000, 1.1],
        scope: 'crm.export',
        next: { end: 1 },
      },
    },
  },
  areas: { accounts, files, recipients },
  origin: { kind: 'nat', networks: [AWS_EU, AZURE_EU] },
  trigger: 'prompt',
  people: 'team',
  models: ['gpt-5-mini', 'gpt-5'],
  granted: ['crm.read', 'crm.write', 'crm.export', 'mail.draft', 'mail.send', 'files.read'],
  purpose: {
    actions: ['crm.*', 'mail.draft', 'mail.send', 'files.read'],
    resources: ['crm/accounts/*', 'mailto/*', 'sites/*'],
  },
  criticality: 'medium',
  release: {
    name: 'forecast',
    after: 'read',
    step: {
      action: 'crm.forecast',
      area: 'accounts',
      same: true,
      bytes: [2_500, 0.4],
      scope: 'crm.read',
      next: { end: 2, read: 1 },
    },
  },
}

export const officeCopilot: Blueprint = {
  name: 'office-copilot',
  weight: 12,
  platform: suite,
  zones: ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney', 'Asia/Kolkata'],
  rhythm: { perDay: 20, spread: 0.9 },
  flow: {
    lengthMax: 30,
    start: { search: 5, read: 4, calendar: 2, mail: 3 },
    steps: {
      search: {
        action: 'files.search',
        area: 'files',
        records: [9, 0.8],
        gapS: [15, 1],
        scope: 'Files.Read.All',
        next: { read: 6, search: 2, end: 1 },
      },
      read: {
        action: 'files.read',
        area: 'files',
        records: [1, 0],
        gapS: [12, 1.1],
        denied: 0.015,
        failure: 0.004,
        scope: 'Files.Read.All',
        next: { read: 4, write: 1, share: 0.12, mail: 1, end: 3 },
      },
      write: {
        action: 'files.write',
        area: 'files',
        same: true,
        records: [1, 0],
        gapS: [120, 1],
        scope: 'Files.ReadWrite',
        next: { read: 1, end: 3 },
      },
      share: {
        action: 'files.share',
        area: 'files',
        same: true,
        scope: 'Files.ReadWrite',
        next: { end: 1 },
      },
      calendar: {
        action: 'calendar.read',
        area: 'calendar',
        records: [7, 0.6],
        scope: 'Calendars.Read',
        next: { meeting: 1, mail: 1, end: 3 },
      },
      meeting: {
        action: 'calendar.write',
        area: 'calendar',
        same: true,
        records: [1, 0],
        gapS: [40, 0.9],
        scope: 'Calendars.ReadWrite',
        next: { end: 1 },
      },
      mail: {
        action: 'mail.read',
        area: 'mailbox',
        records: [1, 0.7],
        scope: 'Mail.Read',
        next: { mail: 3, read: 1, end: 2 },
      },
    },
  },
  areas: { files, mailbox, calendar },
  origin: { kind: 'person' },
  trigger: 'prompt',
  people: 'team',
  granted: [
    'Files.Read.All',
    'Files.ReadWrite',
    'Calendars.Read',
    'Calendars.ReadWrite',
    'Mail.Read',
  ],
  purpose: {
    actions: ['files.*', 'calendar.*', 'mail.read'],
    resources: ['sites/*', 'mail/*', 'calendars/*'],
  },
  criticality: 'medium',
}

export const mailAssistant: Blueprint = {
  name: 'mail-assistant',
  weight: 14,
  platform: suite,
  zones: ['Europe/Berlin', 'America/New_York', 'America/Los_Angeles', 'Asia/Tokyo', 'Asia/Kolkata'],
  rhythm: { perDay: 14, spread: 0.8, weekend: 0.12 },
  flow: {
    lengthMax: 60,
    start: { list: 5, calendar: 2 },
    steps: {
      list: {
        action: 'mail.list',
        area: 'folder',
        records: [14, 0.9],
        scope: 'Mail.Read',
        next: { read: 8, end: 2 },
      },
      read: {
        action: 'mail.read',
        area: 'mailbox',
        records: [1, 0],
        gapS: [6, 1],
        scope: 'Mail.Read',
        next: { read: 5, reply: 2, move: 1.5, calendar: 0.6, rule: 0.01, end: 2 },
      },
      reply: {
        action: 'mail.send',
        area: 'recipients',
        records: [1, 0.3],
        gapS: [90, 1],
        failure: 0.003,
        scope: 'Mail.Send',
        next: { read: 3, end: 2 },
      },
      move: {
        action: 'mail.move',
        area: 'mailbox',
        same: true,
        records: [1, 0.5],
        scope: 'Mail.ReadWrite',
        next: { read: 4, end: 1 },
      },
      calendar: {
        action: 'calendar.read',
        area: 'calendar',
        records: [9, 0.5],
        scope: 'Calendars.Read',
        next: { invite: 1, end: 1.5 },
      },
      invite: {
        action: 'calendar.write',
        area: 'calendar',
        same: true,
        records: [1, 0],
        gapS: [35, 0.8],
        scope: 'Calendars.ReadWrite',
        next: { end: 1 },
      },
      rule: {
        action: 'mail.rules.update',
        area: 'folder',
        scope: 'MailboxSettings.ReadWrite',
        next: { end: 1 },
      },
    },
  },
  areas: {
    folder: fixed(
      { type: 'folder' },
      { size: 14, skew: 1.4, lifetimeDays: 120, shared: 0.2 },
      (n, { person }) => `mail/${person}/${n < 5 ? 'inbox' : topic(n)}`,
    ),
    mailbox,
    calendar,
    recipients,
  },
  origin: { kind: 'serverless', networks: [AZURE_EU, AZURE_US] },
  trigger: 'event',
  people: 'one',
  granted: [
    'Mail.Read',
    'Mail.Send',
    'Mail.ReadWrite',
    'Calendars.Read',
    'Calendars.ReadWrite',
  ].concat('MailboxSettings.ReadWrite'),
  purpose: { actions: ['mail.*', 'calendar.*'], resources: ['mail/*', 'calendars/*', 'mailto/*'] },
  criticality: 'medium',
}
