/**
 * Slack: the alert as a message of blocks.
 *
 * All that came from outside stands in elements that Slack does not read for marks: plain text and the
 * text of rich text. So nothing in it can mention a channel, make a link or look like another message.
 *
 * Source    Slack, "Block Kit reference", "Formatting message text".
 */
import type { Alert } from '../../alert/alert.ts'
import { type Brief, briefOf, type ChatWords } from './brief.ts'

export function slackMessageOf(alert: Alert, words: ChatWords = {}) {
  const brief = briefOf(alert, words)
  return {
    ...plainMessage(`${brief.headline}: ${brief.title}`),
    blocks: [
      { type: 'header', text: plain(brief.headline) },
      {
        type: 'rich_text',
        elements: brief.text?.map((line) => section(run(line))) ?? told(brief),
      },
      { type: 'context', elements: [plain(brief.foot)] },
    ],
  }
}

function told({ title, facts, reasons, nextSteps }: Brief) {
  return [
    section(run(title)),
    section(...facts.flatMap(([label, value]) => [bold(`${label} `), run(`${value}\n`)])),
    ...listed('Why', 'bullet', reasons),
    ...listed('Do', 'ordered', nextSteps),
  ]
}

/** What is told in the thread of an alert that has grown. */
export function slackReplyOf(alert: Alert, words: ChatWords = {}) {
  const { headline, foot } = briefOf(alert, words)
  return plainMessage(`${headline}, ${alert.eventCount} events. ${foot}`)
}

/** For notifications, and where blocks are not shown. */
function plainMessage(text: string) {
  return { text: escaped(text), mrkdwn: false, unfurl_links: false, unfurl_media: false }
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

function listed(heading: string, style: 'bullet' | 'ordered', lines: readonly string[]) {
  if (lines.length === 0) return []
  const elements = lines.map((line) => section(run(line)))
  return [section(bold(heading)), { type: 'rich_text_list', style, elements }]
}

/** Angle brackets are Slack's own there too; written as entities they would count four times. */
const plain = (text: string) => ({
  type: 'plain_text',
  text: text.replace(/</g, '‹').replace(/>/g, '›'),
  emoji: false,
})
const run = (text: string) => ({ type: 'text', text })
const bold = (text: string) => ({ type: 'text', text, style: { bold: true } })
const section = (...elements: object[]) => ({ type: 'rich_text_section', elements })
