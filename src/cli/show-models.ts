/** How models of the live store are shown. */
import type { SavedModel } from '../detectors/autoencoder/model.ts'
import type { ModelAudit } from '../runtime/audit.ts'
import { type Activation, CONFIGURED, type StoredModel, type Wish } from '../runtime/model-store.ts'
import type { TrainingRecord } from '../runtime/training.ts'
import { count, oneLine } from './show-alerts.ts'
import { table } from './table.ts'

/** Trainings and changes shown, of each; --json has all that are kept. */
const SHOWN_MAX = 5

export interface Models {
  readonly configuredModel: SavedModel | undefined
  readonly stored: readonly StoredModel[]
  readonly wish: Wish
  readonly activations: readonly Activation[]
  readonly samples: number
  readonly trainings: readonly TrainingRecord[]
  readonly changes: readonly ModelAudit[]
}

/** One line a model, then what training came to of late. */
export function modelsPage(models: Models): string {
  const { configuredModel, stored, activations, samples, trainings, changes } = models
  const rows = stored.map(({ version, saved, problem }) =>
    row(version, saved, standingOf(version, models, problem)),
  )
  const configured = `configured: ${configuredModel?.version ?? 'none'}`
  if (configuredModel === undefined)
    rows.push([configured, '', '', '', standingOf(CONFIGURED, models)])
  else rows.push(row(configured, configuredModel, standingOf(CONFIGURED, models)))
  const latest = activations.at(-1)
  return [
    ...table(['version', 'trained', 'samples', 'error', ''], rows),
    ...(latest === undefined ? [] : [`since the knowledge of epoch ${latest.epoch}`]),
    `${count(samples, 'sample')} kept to train on`,
    ...trainings.slice(0, SHOWN_MAX).map(trainingLine),
    ...changes.slice(0, SHOWN_MAX).map(changeLine),
  ].join('\n')
}

/** What came of a training, in one line. */
export function trainingLine(record: TrainingRecord): string {
  const { atMs, outcome, samples, shifted, version, error, errorInUse, isActivated } = record
  const facts = [
    `${new Date(atMs).toISOString().slice(0, 16)} training by ${oneLine(record.by)}: ${outcome}`,
    ...(version === undefined ? [] : [version]),
    ...(error === undefined ? [] : [`error ${error.toFixed(3)}`]),
    ...(errorInUse === undefined ? [] : [`before ${errorInUse.toFixed(3)}`]),
    ...(shifted.length === 0 ? [] : [`shifted: ${shifted.join(', ')}`]),
    ...(isActivated ? ['activated'] : []),
    ...(record.problem === undefined ? [count(samples, 'sample')] : [oneLine(record.problem)]),
  ]
  return facts.join(' · ')
}

function changeLine({ atMs, what, version, by, why }: ModelAudit): string {
  const name = version === CONFIGURED ? 'the configured model' : version
  return `${new Date(atMs).toISOString().slice(0, 16)} ${what} by ${oneLine(by)}, to ${name}: ${oneLine(why)}`
}

function row(name: string, { networks, trained }: SavedModel, standing: string): string[] {
  const ofAll = networks.find(({ blueprint }) => blueprint === undefined)
  const samples = (ofAll?.learned ?? 0) + (ofAll?.heldBack ?? 0)
  const error = ofAll?.usualError.toFixed(3) ?? ''
  return [name, trained.at.slice(0, 10), samples.toLocaleString('en'), error, standing]
}

function standingOf(
  version: string,
  { wish, activations }: Models,
  problem: string | undefined = undefined,
): string {
  const inUse = activations.at(-1)?.version ?? CONFIGURED
  const said = [
    ...(version === inUse ? ['in use'] : []),
    ...(version === wish.version && version !== inUse ? ['from the next epoch on'] : []),
    ...(version === wish.version && wish.isHeld ? ['held'] : []),
    ...(problem === undefined ? [] : ['cannot be used by this version']),
  ]
  return said.join(', ')
}
