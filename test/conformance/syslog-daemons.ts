/**
 * rsyslog and syslog-ng as Debian ships them, each run in a folder of its own with a configuration of
 * `config/`. `.ci/fetch-syslog` gets them; where it has not run, or could not, tests of them are skipped.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../live/servers.ts'

const ROOT = fileURLToPath(new URL('../../node_modules/.cache/syslog', import.meta.url))
const CONFIG = new URL('./config/', import.meta.url)
/** One that was told to end and has not by then is killed. */
const END_MS_MAX = 5_000

/** Whether the two are there. Says so where they are not. */
export const haveDaemons = existsSync(join(ROOT, 'complete'))
if (!haveDaemons) {
  console.warn(
    'rsyslog and syslog-ng are not there, so nothing is tested with them: .ci/fetch-syslog',
  )
}

export type Program = 'rsyslog' | 'syslog-ng'

export interface Daemon {
  /** What it wrote about itself. */
  readonly output: () => string
  stop(): Promise<void>
}

/** A folder for what a test and its daemons write. */
export function workFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'perimeter-syslog-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A file of `config/`, with what it names for a user replaced by what the test has. */
export function configOf(name: string, instead: Readonly<Record<string, string>>): string {
  let text = readFileSync(new URL(name, CONFIG), 'utf8')
  for (const [named, own] of Object.entries(instead)) {
    if (!text.includes(named)) throw new Error(`${name} says nothing of ${named}.`)
    text = text.replaceAll(named, own)
  }
  return text
}

/** Starts it with the configuration, and what every installation has before that. */
export function startDaemon(
  program: Program,
  config: string,
  { folder, env = {} }: { readonly folder: string; readonly env?: Record<string, string> },
): Daemon {
  const { file, args, before } = program === 'rsyslog' ? rsyslog(folder) : syslogNg(folder)
  const path = join(folder, `${program}.conf`)
  writeFileSync(path, `${before}\n${config}`)
  const child = spawn(file, [...args, '-f', path], {
    cwd: folder,
    env: { ...process.env, LD_LIBRARY_PATH: libraries(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  return { output: () => output, stop: () => end(child) }
}

/** Resolves once somebody listens there. */
export async function listens(port: number): Promise<void> {
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1')
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
        socket.once('connect', () => socket.destroy())
      }),
  )
}

/** Resolves with the lines of a file once it has so many. */
export async function linesOf(file: string, count: number): Promise<string[]> {
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  await until(async () => lines().length >= count)
  return lines()
}

function rsyslog(folder: string) {
  const modules = join(architecture(), 'rsyslog')
  return {
    file: join(ROOT, 'usr/sbin/rsyslogd'),
    args: ['-n', '-iNONE', '-M', modules],
    before: `global(workDirectory="${folder}")`,
  }
}

function syslogNg(folder: string) {
  const file = join(ROOT, 'usr/sbin/syslog-ng')
  const [version = ''] = readdirSync(join(ROOT, 'usr/lib/syslog-ng')).filter((name) =>
    /^\d/.test(name),
  )
  const own = (name: string) => join(folder, `syslog-ng.${name}`)
  return {
    file,
    args: [
      ...['-F', '--no-caps', '--module-path', join(ROOT, 'usr/lib/syslog-ng', version)],
      ...['-R', own('persist'), '-c', own('ctl'), '-p', own('pid')],
    ],
    before: `@version: ${version}`,
  }
}

const architecture = (): string => {
  const lib = join(ROOT, 'usr/lib')
  return join(lib, readdirSync(lib).find((name) => name.endsWith('-linux-gnu'))!) // Debian's own
}

const libraries = (): string => {
  const own = architecture()
  return [own, own.replace('/usr/lib/', '/lib/'), join(ROOT, 'usr/lib/syslog-ng')].join(':')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const kill = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX)
  child.kill('SIGTERM')
  await ended
  clearTimeout(kill)
}
