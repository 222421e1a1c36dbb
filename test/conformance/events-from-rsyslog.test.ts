/** Events that rsyslog reads from a file and forwards over TLS, and that `logger` sends, to a pipeline. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { usePipelines } from '../live/pipelines.ts'
import { useRedis } from '../live/redis.ts'
import { freePort, until } from '../live/servers.ts'
import { streamOf } from '../live/stream.ts'
import { selfSigned } from '../sinks/certificates.ts'
import { configOf, haveDaemons, startDaemon, workFolder } from './syslog-daemons.ts'

const open = usePipelines()
const redis = useRedis()
const { cert, key } = selfSigned()
const events = streamOf(80).filter(
  ({ id }, at, all) => all.findIndex((one) => one.id === id) === at,
)
const lines = events.map((event) => JSON.stringify(event))
const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

let nth = 0
/** A pipeline with a stream of its own, which listens for syslog as told. */
async function perimeter(source: object, formats: readonly unknown[] = []) {
  let scored = 0
  const port = await freePort()
  const setting = {
    address: redis.address,
    prefix: `${redis.prefix}-${++nth}`,
    sources: [{ type: 'syslog', port, ...source }],
    formats,
  }
  const pipeline = await open(setting, {
    committed(what) {
      scored += what.scored
    },
  })
  await until(async () => (await fetch(`${pipeline.url}/readyz`)).status === 200)
  return { port, pipeline, scored: () => scored }
}

describe.skipIf(!haveDaemons)('rsyslog', () => {
  it('forwards what a file gains over TLS, and each counts once', async () => {
    const tls = { transport: 'tls', cert, privateKey: key }
    const { port, pipeline, scored } = await perimeter(tls)
    const folder = workFolder()
    const file = join(folder.path, 'audit.ndjson')
    writeFileSync(file, '')
    writeFileSync(join(folder.path, 'ca.pem'), cert)
    const config = configOf('rsyslog-events.conf', {
      '6514': String(port),
      'perimeter.example': 'localhost',
      '/etc/rsyslog.d/tls': folder.path,
      '/var/log/agents/audit.ndjson': file,
    })
    const daemon = startDaemon('rsyslog', config, { folder: folder.path })
    stops.push(daemon.stop, folder.remove)
    for (const line of lines) appendFileSync(file, `${line}\n`)
    await until(async () => scored() >= events.length).catch((error) => {
      throw new Error(daemon.output(), { cause: error })
    })
    await pipeline.drained()
    expect(scored()).toBe(events.length)
  })
})

// Others have a logger that sends nothing over a network.
describe.skipIf(process.platform !== 'linux')('logger', () => {
  it.each([
    ['RFC 5424 over TCP', 'tcp', ['--tcp', '--rfc5424']],
    ['RFC 5424 over TCP, counted', 'tcp', ['--tcp', '--rfc5424', '--octet-count']],
    ['RFC 3164 over TCP', 'tcp', ['--tcp', '--rfc3164']],
    ['RFC 5424 over UDP', 'udp', ['--udp', '--rfc5424']],
    ['RFC 3164 over UDP', 'udp', ['--udp', '--rfc3164']],
  ])('sends %s', async (_, transport, options) => {
    const { port, pipeline, scored } = await perimeter({ transport })
    const where = ['--server', '127.0.0.1', '--port', String(port), '--size', '64KiB']
    const args = [...options, ...where, '--tag', 'agents']
    execFileSync('logger', args, { input: lines.slice(0, 20).join('\n') })
    await until(async () => scored() >= 20)
    await pipeline.drained()
    expect(scored()).toBe(20)
  })

  it('sends CEF, which a format of the docs reads', async () => {
    const page = readFileSync('docs/sources.md', 'utf8')
    const [, shown] = /```json\n(\{[^`]*"gateway-cef"[^`]*)```/.exec(page)!
    const { sources, formats } = JSON.parse(shown!)
    const { port, pipeline, scored } = await perimeter(sources[0], formats)
    const cef = [1, 2].map(
      (nth) =>
        `CEF:0|Acme|AI Gateway|1.0|files.read|Read|3|rt=${1_772_000_000_000 + nth} externalId=e-${nth} suser=agent-1 request=/files/${nth} outcome=success src=10.0.0.1`,
    )
    const where = ['--tcp', '--server', '127.0.0.1', '--port', String(port)]
    execFileSync('logger', where, { input: [...cef, 'CEF:0|Acme|Router|1.0|x|y|3|'].join('\n') })
    await until(async () => scored() >= 2)
    await pipeline.drained()
    expect(scored()).toBe(2)
    expect(await pipeline.metrics.metrics()).toMatch(
      /perimeter_source_records_total\{source="gateway",outcome="skipped"\} 1/,
    )
  })
})
