/** `perimeter doctor`: says whether all that is needed is here, and what was chosen and why. */
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { greetRedis } from '../runtime/redis-address.ts'
import { findRedisProgram, isAtLeast, VERSION_MIN } from '../runtime/redis-program.ts'
import { parseRedisUrl } from '../runtime/redis-url.ts'
import { chosenModel } from './model.ts'
import { withConfig } from './run.ts'

/** The oldest Node that all dependencies run on. */
const NODE_MIN = '20.19.0'
/** A finding of the examination. Without what is needed some command fails. */
interface Check {
  readonly name: string
  readonly isFine: boolean
  readonly said: string
}

export function doctor(program: Command): void {
  withConfig(program.command('doctor'))
    .description('check what is needed: Node, Redis, TensorFlow, model, configuration')
    .option('--json', 'for machines')
    .action(run)
}

async function run(options: { config?: string; json?: boolean }): Promise<void> {
  const { config, check } = await configuration(options.config)
  const checks = [
    node(),
    check,
    await asked('redis', () => redis(config?.redis.url ?? '')),
    await asked('tensorflow', tensorflow),
    await asked('model', () => model(config?.model)),
  ]
  const isFine = checks.every((one) => one.isFine)
  if (options.json) {
    const byName = Object.fromEntries(checks.map(({ name, ...found }) => [name, found]))
    process.stdout.write(`${JSON.stringify({ isFine, ...byName }, null, 2)}\n`)
  } else {
    for (const { name, isFine, said } of checks) {
      process.stdout.write(`${isFine ? 'ok   ' : 'WRONG'} ${name.padEnd(13)} ${said}\n`)
    }
  }
  if (!isFine) process.exitCode = 1
}

function node(): Check {
  const { node: version } = process.versions
  const isFine = isAtLeast(version, NODE_MIN)
  const said = isFine ? version : `${version}: expected ${NODE_MIN} or later`
  return { name: 'node', isFine, said }
}

async function configuration(file?: string): Promise<{ config?: Config; check: Check }> {
  const name = 'configuration'
  try {
    const { config, strays } = await readConfig(file)
    const said = strays.map((variable) => `no option is named by ${variable}`).join('; ')
    return { config, check: { name, isFine: true, said: said || 'valid' } }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const said = error.message.split('\n').join('; ')
    return { check: { name, isFine: false, said } }
  }
}

/** Asks for what may fail; a failure that was to be expected is what was found. */
async function asked(name: string, question: () => Promise<string>): Promise<Check> {
  try {
    return { name, isFine: true, said: await question() }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return { name, isFine: false, said: error.message }
  }
}

async function redis(url: string): Promise<string> {
  if (url !== '') {
    const address = parseRedisUrl(url)
    const { version } = await greetRedis(address).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `The configured Redis does not answer: ${why}.`
      throw new EngineError('STORE_UNREACHABLE', message, { cause })
    })
    return `the configured one answers, version ${version}; ${VERSION_MIN} or later is needed`
  }
  const { program, tooOld } = await findRedisProgram()
  if (program !== undefined) return `${program.file}, version ${program.version}`
  const old = tooOld === undefined ? '' : `; ${tooOld.file} is version ${tooOld.version}`
  const message = `No redis-server or valkey-server ${VERSION_MIN} or later was found${old}; scan, train and simulate need none.`
  throw new EngineError('REDIS_UNAVAILABLE', message)
}

async function tensorflow(): Promise<string> {
  // Loaded only here: it takes longer than all the rest.
  const { chooseBackend } = await import('../detectors/autoencoder/backend.ts')
  const { name, declined } = await chooseBackend()
  const native = 'native, self-check passed'
  return name === 'tensorflow'
    ? native
    : `${name}, self-check passed; the native one was not taken: ${declined}`
}

async function model(folder: string | undefined): Promise<string> {
  const chosen = await chosenModel(folder)
  if (chosen === undefined) return 'none: the configuration asks for none'
  const { version, hash, networks, trained } = chosen.saved
  const sizes = `${networks.length} network${networks.length === 1 ? '' : 's'}`
  return `${version}, ${sizes}, trained ${trained.at.slice(0, 10)} with ${trained.backend} on ${trained.on}; hash ${hash}`
}
