/** Alerts sent to rsyslog and to syslog-ng, over TLS, and what they write of them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { cefOf } from '../../src/sinks/shapes/cef.ts'
import { freePort } from '../live/servers.ts'
import { selfSigned } from '../sinks/certificates.ts'
import { anAlert } from '../sinks/receiver.ts'
import {
  configOf,
  type Daemon,
  haveDaemons,
  linesOf,
  listens,
  type Program,
  startDaemon,
  workFolder,
} from './syslog-daemons.ts'

const large = JSON.parse(readFileSync('test/golden/sinks/large.json', 'utf8'))
const stranger = readFileSync('test/live/tls/ca.pem', 'utf8')
const foreign = anAlert({ id: 'al_2', title: 'Größe 機密 | a\\b=c', agent: { id: 'käse "1" %s' } })
const { key, cert } = selfSigned()
const here = { host: 'localhost', allowPrivate: ['localhost'], hostname: 'perimeter-1' }
const FOLDERS: Readonly<Record<Program, string>> = {
  rsyslog: '/etc/rsyslog.d/tls',
  'syslog-ng': '/etc/syslog-ng/tls',
}

describe.skipIf(!haveDaemons).each<Program>(['rsyslog', 'syslog-ng'])('%s', (program) => {
  const folder = workFolder()
  const file = join(folder.path, 'alerts.log')
  let daemon: Daemon
  let port: number
  let written = 0

  beforeAll(async () => {
    port = await freePort()
    for (const [name, text] of Object.entries({ 'ca.pem': cert, 'server.pem': cert })) {
      writeFileSync(join(folder.path, name), text)
    }
    writeFileSync(join(folder.path, 'server.key'), key, { mode: 0o600 })
    const config = configOf(`${program}-alerts.conf`, {
      '6514': String(port),
      [FOLDERS[program]]: folder.path,
      '/var/log/perimeter/alerts.log': file,
    })
    daemon = startDaemon(program, config, { folder: folder.path })
    await listens(port)
  })
  afterAll(async () => {
    await daemon.stop()
    folder.remove()
  })

  const sinkWith = (change: object) =>
    openSink({ type: 'syslog', port, ca: cert, cert, privateKey: key, ...here, ...change })

  it.each([
    ['cef', cefOf],
    ['alert', JSON.stringify],
  ])('writes each alert as it was meant, in the shape %s', async (shape, write) => {
    const sink = sinkWith({ shape })
    const alerts = [anAlert(), large, foreign]
    for (const alert of alerts) {
      expect(await sink.send(alert, { number: 1 }), daemon.output()).toEqual({ kind: 'delivered' })
    }
    written += alerts.length
    const lines = await linesOf(file, written)
    expect(lines.slice(-alerts.length).sort()).toEqual(alerts.map((one) => write(one)).sort())
    await sink.close()
  })

  it('is not trusted where another authority is to have signed its certificate', async () => {
    const sink = sinkWith({ ca: stranger })
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/self.signed/i),
    })
    await sink.close()
  })

  it('is not sent to by somebody it does not know', async () => {
    const sink = sinkWith({ cert: undefined, privateKey: undefined })
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
    await sink.close()
  })

  it('wrote nothing else', async () => {
    expect(await linesOf(file, written)).toHaveLength(written)
  })
})
