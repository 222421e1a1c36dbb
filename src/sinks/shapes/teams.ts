/**
 * Teams: the alert as an Adaptive Card.
 *
 * All that came from outside stands in text runs, which know no Markdown; the one mark that is read
 * there all the same, `{{…}}`, is broken.
 *
 * Source    Microsoft, "Adaptive Cards schema" 1.4, "Format cards in Microsoft Teams".
 */
import type { Alert } from '../../alert/alert.ts'
import { type Brief, briefOf, type ChatWords } from './brief.ts'

const COLOURS = {
  informational: 'Default',
  low: 'Default',
  medium: 'Warning',
  high: 'Attention',
  critical: 'Attention',
} as const

export function teamsMessageOf(alert: Alert, words: ChatWords = {}) {
  const brief = briefOf(alert, words)
  const colour = COLOURS[alert.severity]
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            block({ ...run(brief.headline), size: 'Large', weight: 'Bolder', color: colour }),
            ...(brief.text?.map((line) => block(run(line))) ?? told(brief)),
            block({ ...run(brief.foot), isSubtle: true, size: 'Small' }),
          ],
        },
      },
    ],
  }
}

function told({ title, facts, reasons, nextSteps }: Brief) {
  return [
    block(run(title)),
    ...facts.map(([label, value]) => block(bold(`${label}: `), run(value))),
    ...listed('Why', reasons, () => '•'),
    ...listed('Do', nextSteps, (at) => `${at + 1}.`),
  ]
}

function listed(heading: string, lines: readonly string[], mark: (at: number) => string) {
  if (lines.length === 0) return []
  return [block(bold(heading)), ...lines.map((line, at) => block(run(`${mark(at)} ${line}`)))]
}

const run = (text: string) => ({ type: 'TextRun', text: text.replace(/\{(?=\{)/g, '{ ') })
const bold = (text: string) => ({ ...run(text), weight: 'Bolder' })
const block = (...inlines: object[]) => ({ type: 'RichTextBlock', inlines })
