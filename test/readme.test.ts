import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const ROOT = new URL('../', import.meta.url)
const README = new URL('README.md', ROOT)
/** `npm run readme` sets it: the output is then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const SHOWN = /(?<=```\n\$ npx perimeter )([^\n]+)\n([\s\S]*?)(?=```)/

/** How long it took is nobody's promise. */
const timeless = (text: string) => text.replace(/[\d.]+ s$/m, '… s')

it('the command in the README prints what the README shows', () => {
  const text = readFileSync(README, 'utf8')
  const [, command = '', output = ''] = SHOWN.exec(text) ?? []
  const words = ['--import', 'tsx', 'src/cli/main.ts', ...command.split(' ')]
  const run = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' })
  expect(run.stderr).toBe('')
  if (isWriting) {
    writeFileSync(
      README,
      text.replace(SHOWN, () => `${command}\n${run.stdout}`),
    )
  } else expect(timeless(output), 'run `npm run readme`').toBe(timeless(run.stdout))
})

it('the README gives the two commands on lines of their own, and the scripts exist', () => {
  const lines = readFileSync(README, 'utf8').split('\n')
  expect(lines).toContain('npm ci && npm run demo')
  expect(lines).toContain('npm ci && npm test')
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  expect(scripts).toHaveProperty('demo')
  expect(scripts).toHaveProperty('test')
})
