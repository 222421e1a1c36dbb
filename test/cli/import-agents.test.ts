import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { parseRegistry } from '../../src/agent/registry.ts'
import { startReceiver } from '../sinks/receiver.ts'
import { within } from './command.ts'

const root = mkdtempSync(join(tmpdir(), 'perimeter-import-'))
let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const put = (name: string, content: string | Buffer | object) => {
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content)
  writeFileSync(join(cwd, name), isRaw ? content : JSON.stringify(content))
}
const text = (name = 'agents.json') => readFileSync(join(cwd, name), 'utf8')
const run = (...words: string[]) => within(['agents', 'import', ...words, ...REGISTRY], cwd)
const REGISTRY = ['--registry', 'agents.json']
const identity = (id: string, change: object = {}) => ({
  '@odata.type': '#microsoft.graph.agentIdentity',
  ...{ id, displayName: id.toUpperCase(), agentIdentityBlueprintId: 'bp', accountEnabled: true },
  ...change,
})

it('takes saved pages of Graph in, and says the next time what has changed', async () => {
  put('1.json', { value: [identity('a'), identity('b')], '@odata.nextLink': 'https://graph/2' })
  put(
    '2.json.gz',
    gzipSync(
      JSON.stringify({ value: [identity('c'), { id: 'x', servicePrincipalType: 'Application' }] }),
    ),
  )
  const first = await run('1.json', '2.json.gz')
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(first.out).toBe(
    'added  a\nadded  b\nadded  c\n3 added · 0 changed · 0 unchanged · 0 gone · 1 no agents · 0 rejected\n' +
      'agents.json: 3 agents, written\n',
  )
  expect(parseRegistry(text()).registry.get('a')).toEqual({
    ...{ id: 'a', name: 'A', blueprint: 'bp', status: 'active', source: 'graph' },
  })
  const written = text()
  expect((await run('1.json', '2.json.gz')).out).toContain('3 agents, as it was')
  expect(text()).toBe(written)

  put('3.json', { value: [identity('a', { accountEnabled: false }), identity('b')] })
  const dry = await run('3.json', '--dry-run')
  expect(dry.out).toBe(
    'changed  a: status\ngone, marked as deleted  c\n' +
      '0 added · 1 changed · 1 unchanged · 1 gone · 0 rejected\nagents.json: 3 agents, nothing was written\n',
  )
  expect(text()).toBe(written)
  await run('3.json')
  expect([...parseRegistry(text()).registry.values()].map(({ status }) => status)).toEqual([
    ...['disabled', 'active', 'deleted'],
  ])
  await run('3.json', '--prune')
  expect([...parseRegistry(text()).registry.keys()]).toEqual(['a', 'b'])
  expect(readdirSync(cwd).filter((name) => name.includes('new'))).toEqual([])
})

it('counts none as gone while the last page is missing, and none of another source', async () => {
  put('agents.json', '{"id":"a","source":"graph"}\n{"id":"b","source":"csv","note":"kept"}\n')
  put('1.json', { value: [identity('c')], '@odata.nextLink': 'https://graph/2' })
  const open = await run('1.json', '--json')
  expect(open.err).toContain('no agent counts as gone: the last page of Graph is not among it')
  expect(JSON.parse(open.out)).toMatchObject({ added: ['c'], gone: [], agents: 3, isWritten: true })
  put('1.json', { value: [identity('c')] })
  expect(JSON.parse((await run('1.json', '--partial', '--json')).out).gone).toEqual([])
  expect(JSON.parse((await run('1.json', '--json')).out).gone).toEqual(['a'])
  expect(text().split('\n')[1]).toBe('{"id":"b","source":"csv","note":"kept"}')
})

it('reads CSV, with columns named; what is refused has its line and is not gone', async () => {
  put('agents.json', [{ id: 'a', source: 'csv', timezone: 'Europe/Berlin' }])
  put('cmdb.csv', 'Asset,Agent ID,Tier,Owner\n1,a,huge,ann\n2,b,high,"bob; eve"\n3,,low,eve\n')
  const { code, out, err } = await run('cmdb.csv', '--field', 'criticality=Tier')
  expect(code).toBe(0)
  expect(err).toBe(
    'perimeter: cmdb.csv:2 $.criticality: expected one of low, medium, high, critical, got "huge"\n' +
      'perimeter: cmdb.csv:4 $.id: expected a string, got nothing\n' +
      'perimeter: no agent counts as gone: there are rejects without an id\n',
  )
  expect(out).toContain('1 added · 0 changed · 0 unchanged · 0 gone · 2 rejected')
  expect(parseRegistry(text()).registry.get('b')).toMatchObject({
    ...{ criticality: 'high', owners: ['bob', 'eve'], source: 'csv' },
  })
})

it.each([
  ['what names no agent', 'x.json', '[]', [], /x.json: no agent is in it/],
  ['what is no JSON', 'x.json', '{"id":', [], /the input ends before/],
  [
    'a mixture of which nobody says what it is',
    'x.csv',
    'id,name\na,b\n',
    ['own.json'],
    /--source/,
  ],
  ['a file that is not there', 'x.json', '[{"id":"a"}]', ['none.json'], /none.json does not exist/],
  [
    'an address without credentials',
    'x.json',
    '[{"id":"a"}]',
    ['https://graph.example/v1.0/x'],
    /graph: expected/,
  ],
  [
    'a field it does not know',
    'x.json',
    '[{"id":"a"}]',
    ['--field', 'colour=x'],
    /Expected FIELD=COLUMN/,
  ],
])('refuses %s, and leaves the registry alone', async (_what, name, content, words, said) => {
  put('agents.json', [{ id: 'z' }])
  put('own.json', [{ id: 'own' }])
  put(name, content)
  const { code, err } = await run(name, ...words)
  expect(code).toBeGreaterThan(0)
  expect(err).toMatch(said)
  expect(text()).toBe('[{"id":"z"}]')
})

it('writes no registry anew of which it would lose an entry', async () => {
  put('agents.json', '[{"id":"z"},{"id":7}]')
  put('x.json', [{ id: 'a' }])
  const { code, err } = await run('x.json')
  expect(code).toBe(1)
  expect(err).toContain('Entry 2 of the agent registry, $.id: expected a string, got 7')
})

it('fetches from Graph page by page, after the pause it asks for, and takes the token nowhere else', async () => {
  let asked = 0
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const said = (value: object, status = 200, headers = {}) =>
      response.writeHead(status, headers).end(JSON.stringify(value))
    if (request.url?.includes('/oauth2/')) return said({ access_token: 'tok', expires_in: 3599 })
    if (request.headers.authorization !== 'Bearer tok') return said({}, 401)
    if (asked++ === 0) return said({}, 429, { 'retry-after': '0' })
    if (request.url === '/beta/servicePrincipals/agents?$top=1') {
      return said({ value: [identity('a')], '@odata.nextLink': `${server.base}/beta/next` })
    }
    if (request.url === '/beta/next') return said({ value: [identity('b')] })
    return said({ value: [], '@odata.nextLink': 'http://127.0.0.2:1/elsewhere' })
  }
  const server = await startReceiver(answer)
  try {
    put('perimeter.json', {
      graph: {
        ...{ tenantId: 'contoso.example', clientId: '00000000-0000-4000-8000-000000000000' },
        ...{ clientSecret: 'a-secret', loginUrl: server.base, url: server.base },
        ...{ allowHttp: true, allowPrivate: ['127.0.0.1'] },
      },
    })
    const { code, out, err } = await run(`${server.base}/beta/servicePrincipals/agents?$top=1`)
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toContain('2 added · 0 changed')
    const [token] = server.received
    expect(new URLSearchParams(token!.body).get('scope')).toBe(`${server.base}/.default`)
    const astray = await run(`${server.base}/beta/other`)
    expect(astray).toMatchObject({
      code: 1,
      err: expect.stringContaining(`expected an address at ${server.base}`),
    })
    const refused = await run('https://graph.microsoft.com/beta/x')
    expect(refused.err).toContain(`expected an address at ${server.base}`)
  } finally {
    await server.close()
  }
})
