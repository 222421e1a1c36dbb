/** Agents of the engineers: they follow commits, alerts and curiosity. */
import { churning, fixed, growing, single } from '../areas.ts'
import type { Blueprint } from '../blueprint.ts'
import { AZURE_EU, GCP_EU } from '../origins.ts'
import { gateway, traces } from '../platform.ts'
import { topic } from '../words.ts'

const repositories = fixed(
  { type: 'repository' },
  { size: 130, skew: 1.05, lifetimeDays: 70, shared: 0.25 },
  (n) => `git/${topic(n % 8)}/${topic(n)}`,
)

export const codeReviewer: Blueprint = {
  name: 'code-reviewer',
  runsSystems: true,
  weight: 8,
  platform: gateway,
  zones: ['Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata'],
  rhythm: {
    perDay: 16,
    spread: 0.8,
    bursts: { perWeek: 3, sessions: [9, 0.6], lengthH: [1.5, 0.5] },
  },
  flow: {
    lengthMax: 60,
    start: { pull: 1 },
    steps: {
      pull: {
        action: 'pulls.read',
        area: 'pulls',
        bytes: [14_000, 0.9],
        scope: 'repo.read',
        next: { file: 6, checks: 1 },
      },
      file: {
        action: 'repos.read',
        area: 'repositories',
        bytes: [22_000, 1.1],
        gapS: [2.5, 0.8],
        failure: 0.004,
        denied: 0.003,
        scope: 'repo.read',
        next: { file: 7, comment: 2, checks: 0.6, tests: 0.5 },
      },
      checks: {
        action: 'checks.read',
        area: 'pulls',
        same: true,
        bytes: [5_000, 0.6],
        scope: 'repo.read',
        next: { comment: 2, file: 1 },
      },
      tests: {
        action: 'code.run',
        area: 'sandbox',
        bytes: [60_000, 1],
        gapS: [70, 0.8],
        failure: 0.12,
        scope: 'sandbox.run',
        next: { comment: 3, tests: 1 },
      },
      comment: {
        action: 'pulls.comment',
        area: 'pulls',
        same: true,
        bytes: [1_800, 0.8],
        gapS: [12, 0.7],
        scope: 'pulls.write',
        next: { comment: 2, file: 1, end: 3 },
      },
    },
  },
  areas: {
    pulls: growing(
      {},
      { first: 0, perDay: 14, recencyDays: 1.2 },
      (n, { owner }) => `git/${topic(owner % 8)}/${topic((n * 7 + owner) % 12)}/pulls/${n}`,
    ),
    repositories,
    sandbox: single({}, 'sandbox/runner'),
  },
  origin: { kind: 'nat', networks: [GCP_EU, AZURE_EU] },
  trigger: 'event',
  models: ['claude-sonnet-4-5', 'claude-opus-4-5'],
  granted: ['repo.read', 'pulls.write', 'sandbox.run'],
  purpose: {
    actions: ['pulls.*', 'repos.read', 'checks.read', 'code.run'],
    resources: ['git/*', 'sandbox/runner'],
  },
  criticality: 'medium',
}

export const dataScientist: Blueprint = {
  name: 'data-scientist',
  runsSystems: true,
  weight: 6,
  platform: traces,
  zones: ['Europe/Berlin', 'America/New_York', 'America/Los_Angeles'],
  rhythm: { perDay: 5, spread: 1, weekend: 0.15 },
  flow: {
    lengthMax: 150,
    start: { catalogue: 1, query: 4 },
    steps: {
      catalogue: {
        action: 'catalogue.search',
        area: 'tables',
        records: [15, 0.9],
        next: { query: 4, sample: 2 },
      },
      query: {
        action: 'warehouse.query',
        area: 'tables',
        records: [2_500, 2.1],
        bytes: [350_000, 2.1],
        gapS: [40, 1.2],
        failure: 0.09,
        denied: 0.02,
        next: { query: 9, code: 5, sample: 1, end: 1 },
      },
      sample: {
        action: 'storage.read',
        area: 'datasets',
        bytes: [30_000_000, 1.8],
        records: [40_000, 1.8],
        gapS: [15, 1],
        next: { code: 4, query: 3, sample: 2 },
      },
      code: {
        action: 'notebooks.run',
        area: 'notebooks',
        bytes: [9_000, 1.2],
        gapS: [50, 1.2],
        failure: 0.14,
        next: { code: 6, query: 4, train: 0.5, save: 1, end: 1.2 },
      },
      train: {
        action: 'models.train',
        area: 'experiments',
        bytes: [80_000_000, 1.4],
        gapS: [600, 1],
        failure: 0.07,
        next: { code: 2, save: 1, train: 1 },
      },
      save: {
        action: 'storage.write',
        area: 'datasets',
        bytes: [6_000_000, 1.7],
        records: [9_000, 1.7],
        next: { code: 2, end: 2 },
      },
    },
  },
  areas: {
    tables: churning(
      { type: 'table' },
      { size: 500, skew: 0.8, lifetimeDays: 16, shared: 0.3 },
      (n) => `warehouse/${topic(n % 9)}/${topic(n % 1100)}`,
    ),
    datasets: churning(
      { type: 'dataset' },
      { size: 80, skew: 0.9, lifetimeDays: 14, shared: 0.1 },
      (n) => `lake-research/${topic(n % 700)}/v${n % 6}.parquet`,
    ),
    notebooks: churning(
      { type: 'notebook' },
      { size: 12, skew: 1, lifetimeDays: 7, shared: 0 },
      (n, { person }) => `notebooks/${person}/${topic(n % 900)}.ipynb`,
    ),
    experiments: churning(
      { type: 'experiment' },
      { size: 6, skew: 0.5, lifetimeDays: 5, shared: 0 },
      (n) => `experiments/${n}`,
    ),
  },
  origin: { kind: 'nat', networks: [GCP_EU] },
  trigger: 'prompt',
  people: 'one',
  granted: ['warehouse.read', 'lake.readwrite'],
  purpose: {
    actions: ['catalogue.search', 'warehouse.query', 'storage.*', 'notebooks.run', 'models.train'],
    resources: ['warehouse/*', 'lake-research/*', 'notebooks/*', 'experiments/*'],
  },
  criticality: 'medium',
}
