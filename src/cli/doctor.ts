/** `perimeter doctor`: says whether all that is needed is here, and what was chosen and why. */
import type { Command } from 'commander'
import { pino } from 'pino'
import { type Config, readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { RedisAddress } from '../runtime/redis-address.ts'
import { findRedisProgram, isAtLeast, VERSION_MIN } from '../runtime/redis-program.ts'
import { openSink, type SinkConfig } from '../sinks/index.ts'
import { isInPipeline, openSource, type SourceConfig } from '../sources/index.ts'
import { type Check, redisChecks } from './doctor-redis.ts'
import { chosenModel } from './model.ts'
import { readRegistry } from './registry.ts'
import { withConfig } from './run.ts'
import { count } from './show-alerts.ts'
import { wantedRedis } from './wanted-redis.ts'

/** The oldest Node that all dependencies run on. */
const NODE_MIN = '20.19.0'
const silent = pino({ level: 'silent' })

export function doctor(program: Command): void {
  withConfig(program.command('doctor'))
    .description(
      'check what is needed: Node, configuration, Redis, model, registry, sources, sinks',
    )
    .option('--json', 'for machines')
    .action(run)
}

async function run(options: { config?: string; json?: boolean }): Promise<void> {
  const { config, check } = await configuration(options.config)
  const { address, found } = await redis(config)
  const checks = [
    node(),
    check,
    ...found,
    await asked('tensorflow', tensorflow),
    await asked('model', () => model(config?.model)),
    ...(config?.registry === undefined ? [] : [await asked('registry', () => registry(config))]),
    ...(await Promise.all((config?.sources ?? []).map((one) => source(one, address)))),
    ...(await Promise.all((config?.sinks ?? []).map(sink))),
  ]
  const width = Math.max(...checks.map(({ name }) => name.length))
  const isFine = checks.every((one) => one.isFine)
  if (options.json) {
    const byName = Object.fromEntries(checks.map(({ name, ...found }) => [name, found]))
    process.stdout.write(`${JSON.stringify({ isFine, ...byName }, null, 2)}\n`)
  } else {
    for (const { name, isFine, said } of checks) {
      process.stdout.write(`${isFine ? 'ok   ' : 'WRONG'} ${name.padEnd(width)}  ${said}\n`)
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

/** Where one is configured, also how it is set up; a private one is set up as it should be. */
async function redis(
  config: Config | undefined,
): Promise<{ address?: RedisAddress; found: Check[] }> {
  if (config === undefined || config.redis.url === '') {
    return { found: [await asked('redis', privateRedis)] }
  }
  // Loaded only here: queues are most of the program.
  const [{ acquireRedis }, { examineRedis }] = await Promise.all([
    import('../runtime/redis.ts'),
    import('../runtime/examine-redis.ts'),
  ])
  const found: Check[] = []
  try {
    const { connection, describe, version } = await acquireRedis(wantedRedis(config))
    const said = `${describe} answers, version ${version}; ${VERSION_MIN} or later is needed`
    found.push({ name: 'redis', isFine: true, said })
    found.push(...redisChecks(await examineRedis(connection, silent)))
    return { address: connection, found }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const name = found.length === 0 ? 'redis' : 'redis use'
    found.push({ name, isFine: false, said: error.message })
    return { found }
  }
}

async function privateRedis(): Promise<string> {
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

async function registry({ registry: file }: Config): Promise<string> {
  const { registry: read, rejects } = await readRegistry(file!) // asked only where there is one
  const agents = count(read.size, 'agent')
  if (rejects.length === 0) return agents
  const [{ entry, path, reason }] = rejects as [(typeof rejects)[number]]
  const message = `${agents}; ${rejects.length} left out, the first entry ${entry}, ${path}: ${reason}`
  throw new EngineError('REGISTRY_INVALID', message)
}

/** Whether it could be read now; nothing is. */
async function source(config: SourceConfig, address: RedisAddress | undefined): Promise<Check> {
  return asked(`source ${config.name}`, async () => {
    if (address === undefined && isInPipeline(config)) return `${config.type}, in the Redis above`
    const problem = await openSource(config, { address, log: silent }).check()
    if (problem !== undefined) throw new EngineError('SOURCE_UNREACHABLE', problem)
    return `${config.type}, can be read`
  })
}

/** Whether an alert could be taken there now; none is. */
async function sink(config: SinkConfig): Promise<Check> {
  return asked(`sink ${config.name}`, async () => {
    const one = openSink(config)
    const problem = await one.check()
    await one.close()
    if (problem !== undefined) throw new EngineError('SINK_UNREACHABLE', problem)
    return `${config.type}, can be reached`
  })
}
