/** Card: what a model was trained on and how well it did, for whoever is to trust it. */
import { SHIFTED, shiftBetween } from './drift.ts'
import type { SavedModel, SavedNetwork } from './model.ts'

/** Traits whose shift is listed; the others shifted less. */
const SHIFTS_LISTED_MAX = 8

export interface Shift {
  readonly trait: string
  /** Population stability index, ≥ 0. */
  readonly index: number
  readonly isShifted: boolean
}

/** How far what all agents showed has shifted since another model was trained, furthest first. */
export function shiftsSince(before: SavedModel, after: SavedModel): Shift[] {
  const [old, now] = [before, after].map(forAll)
  if (old === undefined || now === undefined) return []
  return after.traits
    .flatMap((trait, at) => {
      const place = before.traits.indexOf(trait)
      if (place < 0) return []
      const index = shiftBetween(old.shares[place] ?? [], now.shares[at] ?? [])
      return [{ trait, index, isShifted: index >= SHIFTED }]
    })
    .sort((a, b) => b.index - a.index)
}

/** The card, as Markdown. */
export function cardOf(model: SavedModel, before: SavedModel | undefined): string {
  const { version, hash, traits, networks, trained } = model
  const number = (value: number) => value.toLocaleString('en')
  const rows = networks.map(
    ({ blueprint = 'all others', learned, heldBack, epochs, learnedError, usualError }) =>
      `| ${cell(blueprint)} | ${number(learned)} | ${number(heldBack)} | ${epochs} | ${learnedError.toFixed(3)} | ${usualError.toFixed(3)} |`,
  )
  return `# Autoencoder ${version}

How the findings in a session usually go together; the detector \`odd-combination\` asks it.

| | |
|---|---|
| trained | ${trained.at} |
| on | ${cell(trained.on)} |
| seen | ${number(trained.events)} events, ${number(trained.agents)} agents, ${number(trained.days)} agent-days; no labels |
| seed | ${trained.seed} |
| backend | ${trained.backend} |
| hash | ${hash} |
| traits | ${traits.join(', ')} |

The error is the mean squared residual, in squared spreads of a trait: a model that answers the mean
scores 1. A fifth of the agent-days was held back, and told when to stop.

| blueprint | samples learned | held back | epochs | error | error held back |
|---|---|---|---|---|---|
${rows.join('\n')}
${before === undefined ? '' : `\n${driftOf(before, model)}`}`
}

function driftOf(before: SavedModel, after: SavedModel): string {
  const rows = shiftsSince(before, after)
    .slice(0, SHIFTS_LISTED_MAX)
    .map(({ trait, index, isShifted }) => {
      return `| ${trait} | ${index.toFixed(3)} | ${isShifted ? 'shifted' : 'as before'} |`
    })
  return `## Since ${before.version}

Population stability index between the samples of the two models; from ${SHIFTED} on a trait has shifted.

| trait | index | |
|---|---|---|
${rows.join('\n')}
`
}

function forAll({ networks }: SavedModel): SavedNetwork | undefined {
  return networks.find(({ blueprint }) => blueprint === undefined)
}

/** Text as a cell of a table. */
function cell(text: string): string {
  return text.replace(/[|\r\n]+/g, ' ')
}
