import { readFileSync, writeFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/contract.ts'
import { serve } from './serve.ts'

/** `npm run readme` sets it: the document is then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const FILE = new URL('../../docs/openapi.json', import.meta.url)

type Served = Awaited<ReturnType<typeof serve>>
let served: Served
let text: string
beforeAll(async () => {
  served = await serve({ endHistory: async () => {} })
  text = await (await fetch(`${served.base}/openapi.json`)).text()
})
afterAll(() => served.server.close())

/** All that a server answers to, as fastify prints its routes: a tree of paths. */
function routesOf(app: FastifyInstance): string[] {
  const found: string[] = []
  const path: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, rest] = /^((?:[│ ] {3})*)[├└]── (.*)$/.exec(line) ?? []
    if (indent === undefined || rest === undefined) continue
    const [, part = '', methods = ''] = /^(\S*) \((.*)\)$/.exec(rest) ?? [undefined, rest]
    path.splice(indent.length / 4, path.length, part)
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD') found.push(`${method.toLowerCase()} ${path.join('')}`)
    }
  }
  return found.sort()
}

it('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  expect(await validator.validate(JSON.parse(text))).toMatchObject({ valid: true })
  expect(validator.version).toBe('3.1')
})

it('has every route there is, and no other', () => {
  const { paths } = JSON.parse(text) as {
    paths: Record<string, Record<string, { operationId: string }>>
  }
  const told = Object.entries(paths).flatMap(([url, methods]) =>
    Object.keys(methods).map((method) => `${method} ${url}`),
  )
  expect(told.sort()).toEqual(routesOf(served.server.app))
  expect(told).toContain('post /v1/history/end')
  const ids = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map((one) => one.operationId),
  )
  expect(new Set(ids).size).toBe(ids.length)
})

it('tells of the roles and the problems that a caller meets', async () => {
  const { paths } = JSON.parse(text)
  const { post } = paths['/v1/events']
  expect(post.security).toEqual([{ bearer: [] }, { apiKey: [] }, { keyInUrl: [] }])
  expect(paths['/openapi.json'].get.security).toEqual([])
  const refused = await served.post('{}', { authorization: '' })
  expect(Object.keys(post.responses)).toContain(String(refused.status))
  problemSchema.strict().parse(await refused.json())
})

it('the file docs/openapi.json is that document', () => {
  const written = `${JSON.stringify(JSON.parse(text), null, 2)}\n`
  if (isWriting) writeFileSync(FILE, written)
  else expect(readFileSync(FILE, 'utf8'), 'run `npm run readme`').toBe(written)
})
