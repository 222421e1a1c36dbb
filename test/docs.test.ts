import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { shelfPages } from './shelves.ts'

/** `npm run readme` sets it: the pages are then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const BETWEEN = /(?<=<!-- shelf:begin -->\n)[\s\S]*?(?=<!-- shelf:end -->)/

it.each(shelfPages())(
  'the page $page lists what is on the shelf, and no more',
  ({ page, table }) => {
    const file = new URL(`../docs/${page}.md`, import.meta.url)
    const text = readFileSync(file, 'utf8')
    if (isWriting)
      writeFileSync(
        file,
        text.replace(BETWEEN, () => `${table}\n`),
      )
    else expect(BETWEEN.exec(text)?.[0], 'run `npm run readme`').toBe(`${table}\n`)
  },
)

it('every link between our pages leads somewhere', () => {
  for (const page of [
    '../README.md',
    '../docs/architecture.md',
    '../docs/alerts.md',
    '../docs/baselines-cli.md',
    '../docs/metrics.md',
    '../docs/models-cli.md',
    '../docs/operations.md',
    '../docs/dead-letters-cli.md',
    ...shelfPages().map(({ page }) => `../docs/${page}.md`),
  ]) {
    const from = new URL(page, import.meta.url)
    for (const [, link] of readFileSync(from, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(new URL(link!, from)), `${page} → ${link}`).not.toThrow(/ENOENT/)
    }
  }
})
