/** Agents of finance and personnel: few, careful, and bound to the calendar. */
import { fixed, growing, single } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AZURE_EU, AZURE_US } from '../origins.ts'
import { runtime } from '../platform.ts'
import { company, paper } from '../words.ts'

export const invoicePayer: Blueprint = {
  name: 'invoice-payer',
  weight: 6,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'],
  rhythm: { perDay: 13, monthEnd: 3.5, spread: 0.6 },
  flow: {
    lengthMax: 60,
    start: { list: 1 },
    steps: {
      list: {
        action: 'invoices.list',
        area: 'inbox',
        records: [11, 0.9],
        bytes: [20_000, 0.9],
        scope: 'invoices.read',
        next: { read: 1 },
      },
      read: {
        action: 'invoices.read',
        area: 'invoices',
        records: [1, 0],
        bytes: [180_000, 0.8],
        gapS: [4, 0.7],
        failure: 0.005,
        scope: 'invoices.read',
        next: { vendor: 6, read: 1 },
      },
      vendor: {
        action: 'vendors.read',
        area: 'vendors',
        records: [1, 0],
        bytes: [2_500, 0.4],
        scope: 'vendors.read',
        next: { ledger: 3, pay: 3, bank: 0.03, read: 1 },
      },
      bank: {
        action: 'vendors.update',
        area: 'vendors',
        same: true,
        records: [1, 0],
        scope: 'vendors.write',
        next: { end: 1 },
      },
      ledger: {
        action: 'ledger.write',
        area: 'ledger',
        records: [2, 0.5],
        bytes: [1_200, 0.3],
        scope: 'ledger.write',
        next: { pay: 2, read: 2, end: 1 },
      },
      pay: {
        action: 'payments.create',
        area: 'vendors',
        same: true,
        records: [1, 0],
        bytes: [900, 0.2],
        gapS: [9, 0.6],
        failure: 0.01,
        denied: 0.02,
        scope: 'payments.write',
        next: { approve: 0.5, read: 4, end: 2 },
      },
      approve: {
        action: 'approvals.request',
        area: 'approvals',
        gapS: [3, 0.4],
        scope: 'approvals.write',
        next: { read: 1, end: 1 },
      },
    },
  },
  areas: {
    inbox: single({ type: 'queue' }, 'finance/invoices'),
    invoices: growing(
      { type: 'invoice', sensitivity: { confidential: 1 } },
      { first: 20_000, perDay: 60, recencyDays: 1.5 },
      (n) => `finance/invoices/${n}`,
    ),
    vendors: fixed(
      { type: 'vendor' },
      { size: 380, skew: 0.9, lifetimeDays: 150, shared: 0.4 },
      (n) => `finance/vendors/${company(n)}`,
    ),
    ledger: fixed(
      { type: 'ledger' },
      { size: 20, skew: 1.1, lifetimeDays: 300, shared: 0.5 },
      (n) => `finance/ledger/${4000 + n * 10}`,
    ),
    approvals: fixed(
      { type: 'approver' },
      { size: 6, skew: 1.3, lifetimeDays: 120, shared: 0.2 },
      (n) => `approvals/finance-lead-${n}`,
    ),
  },
  origin: { kind: 'nat', networks: [AZURE_EU] },
  trigger: 'event',
  models: ['gpt-5-mini'],
  granted: [
    'invoices.read',
    'vendors.read',
    'vendors.write',
    'ledger.write',
    'payments.write',
  ].concat('approvals.write'),
  purpose: {
    actions: ['invoices.*', 'vendors.*', 'ledger.write', 'payments.create', 'approvals.request'],
    resources: ['finance/*', 'approvals/*'],
  },
  criticality: 'high',
}

export const staffHelper: Blueprint = {
  name: 'staff-helper',
  weight: 3,
  platform: runtime,
  zones: ['Europe/Berlin', 'America/New_York'],
  rhythm: { perDay: 7, spread: 0.6, monthEnd: 1.8 },
  flow: {
    lengthMax: 30,
    start: { search: 3, policy: 2 },
    steps: {
      search: {
        action: 'people.search',
        area: 'people',
        records: [4, 0.8],
        bytes: [3_000, 0.6],
        gapS: [20, 0.8],
        scope: 'people.read',
        next: { read: 4, end: 1 },
      },
      read: {
        action: 'people.read',
        area: 'people',
        records: [1, 0],
        bytes: [5_000, 0.4],
        denied: 0.02,
        scope: 'people.read',
        next: { read: 1, leave: 2, pay: 0.5, end: 2 },
      },
      policy: {
        action: 'files.read',
        area: 'policies',
        bytes: [60_000, 0.8],
        scope: 'files.read',
        next: { policy: 1, search: 1, end: 2 },
      },
      leave: {
        action: 'leave.update',
        area: 'people',
        same: true,
        records: [1, 0],
        scope: 'leave.write',
        next: { end: 1 },
      },
      pay: {
        action: 'payroll.read',
        area: 'payroll',
        records: [1, 0.4],
        bytes: [2_000, 0.4],
        denied: 0.03,
        scope: 'payroll.read',
        next: { end: 1 },
      },
    },
  },
  areas: {
    people: fixed(
      { type: 'employee', sensitivity: { confidential: 0.9, restricted: 0.1 } },
      { size: 640, skew: 0.5, lifetimeDays: 40, shared: 0.1 },
      (n) => `people/employees/${n}`,
    ),
    payroll: fixed(
      { type: 'payslip', sensitivity: { restricted: 1 } },
      { size: 640, skew: 0.4, lifetimeDays: 30, shared: 0.1 },
      (n) => `people/payroll/${n}`,
    ),
    policies: fixed(
      { type: 'file', sensitivity: { general: 1 } },
      { size: 50, skew: 1, lifetimeDays: 200, shared: 0.9 },
      (n) => `sites/people/policies/${paper(n)}.pdf`,
    ),
  },
  origin: { kind: 'nat', networks: [AZURE_US, AZURE_EU] },
  trigger: 'prompt',
  people: 'team',
  models: ['gpt-5'],
  granted: ['people.read', 'leave.write', 'payroll.read', 'files.read'],
  purpose: {
    actions: ['people.*', 'files.read', 'leave.update', 'payroll.read'],
    resources: ['people/*', 'sites/people/*'],
  },
  criticality: 'high',
}
