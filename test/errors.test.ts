import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { httpProblems } from '../src/api/contract.ts'
import { EngineError, type FailureCode, failures } from '../src/errors.ts'

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')

/** The first two columns of the table under a heading. */
function tableUnder(heading: string): Record<string, string> {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = section.matchAll(/^\| `(\w+)` \| (\w+) \| \S.* \| \S.* \|$/gm)
  return Object.fromEntries([...rows].map(([, code, second]) => [code, second]))
}

it('every code of the engine is documented, with whether a retry can help, and no other', () => {
  const expected = Object.entries(failures).map(([code, { retry }]) => [code, retry ? 'yes' : 'no'])
  expect(tableUnder('The engine')).toEqual(Object.fromEntries(expected))
})

it('every code of the HTTP interface is documented with its status, and no other', () => {
  const expected = Object.entries(httpProblems).map(([code, { status }]) => [code, String(status)])
  expect(tableUnder('The HTTP interface')).toEqual(Object.fromEntries(expected))
})

it('no code is in both tables', () => {
  expect(Object.keys(httpProblems).filter((code) => code in failures)).toEqual([])
})

it('an error says whether a retry can help, and keeps its cause', () => {
  const cause = new Error('connect ECONNREFUSED')
  for (const code of Object.keys(failures) as FailureCode[]) {
    const error = new EngineError(code, 'A sentence.', { cause })
    expect(error).toMatchObject({ name: 'EngineError', code, retry: failures[code].retry, cause })
  }
})
