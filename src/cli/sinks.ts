/** `perimeter sinks`: whether alerts arrive where they are sent, tried out. */
import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { ALERT_VERSION, type Alert } from '../alert/alert.ts'
import { SCORED_WITH } from '../alert/raise.ts'
import { readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { type Severity, severities } from '../scoring/threshold.ts'
import { publicKeyOf } from '../sinks/caep.ts'
import { openSink, type SinkConfig } from '../sinks/index.ts'
import { withConfig } from './run.ts'

interface Options {
  readonly config?: string
  readonly severity: string
  readonly agent: string
}

export function sinks(program: Command): void {
  const command = program.command('sinks').description('try out where alerts go')
  const one = (name: string, about: string) =>
    withConfig(command.command(name))
      .description(about)
      .argument('<name>', 'of a sink of the configuration')
  one('test', 'send a marked test alert to a sink, and show what comes back')
    .option('--severity <severity>', `one of ${severities.join(', ')}`, 'informational')
    .option('--agent <id>', 'the agent it is about', 'perimeter-test')
    .action(test)
  one('jwks', 'print the key set by which receivers of a caep sink verify it').action(jwks)
}

async function test(name: string, options: Options): Promise<void> {
  const { agent } = options
  const severity = severities.find((each) => each === options.severity)
  if (severity === undefined) {
    const message = `No severity ${options.severity}: expected ${severities.join(', ')}.`
    throw new EngineError('CONFIG_INVALID', message)
  }
  const config = await sinkNamed(name, options.config)
  const sink = openSink(config)
  const say = (line: string) => process.stdout.write(`${line}\n`)
  try {
    const alert = testAlert(name, agent, severity)
    say(`test alert ${alert.id} to ${name} (${config.type})`)
    if (!sink.wants?.(alert)) say('one like it would not go there: "when" does not hold')
    const sent = await sink.send(alert, { number: 1, heard: say, noticed: say })
    if (sent.kind !== 'delivered') {
      const code = sent.kind === 'retry' ? 'SINK_UNREACHABLE' : 'SINK_REFUSED'
      const follows =
        sent.kind === 'retry' ? 'it would be tried again' : 'it would not be insisted on'
      throw new EngineError(code, `${name}: ${sent.reason}; ${follows}.`)
    }
    say('delivered')
  } finally {
    await sink.close()
  }
}

async function jwks(name: string, { config: file }: Options): Promise<void> {
  const config = await sinkNamed(name, file)
  if (config.type !== 'caep') {
    const message = `The sink ${name} is of type ${config.type}: expected caep.`
    throw new EngineError('CONFIG_INVALID', message)
  }
  const keys = [await publicKeyOf(config)]
  process.stdout.write(`${JSON.stringify({ keys }, null, 2)}\n`)
}

async function sinkNamed(name: string, file: string | undefined): Promise<SinkConfig> {
  const { config } = await readConfig(file)
  const found = config.sinks.find((sink) => sink.name === name)
  if (found !== undefined) return found
  const names = config.sinks.map((sink) => sink.name).join(', ') || 'none is configured'
  throw new EngineError('CONFIG_INVALID', `No sink is named ${name}: ${names}.`)
}

/** Says of itself, wherever it is read, that nothing happened. */
function testAlert(sink: string, agent: string, severity: Severity): Alert {
  const id = `test-${randomUUID()}`
  const time = new Date().toISOString()
  const title = `TEST of the sink ${sink}: nothing has happened`
  const event = `${id}-event`
  return {
    version: ALERT_VERSION,
    id,
    revision: 1,
    tenant: 'test',
    agent: { id: agent },
    time,
    lastTime: time,
    score: 0,
    severity,
    severityWhy: ['this is a test'],
    confidence: { level: 'low', why: ['this is a test'] },
    title,
    reasons: [
      {
        ...{ detector: 'test', title: 'did nothing', expected: 'nothing', seen: 'a test' },
        ...{ p: 1, event, counterfactuals: [] },
      },
    ],
    evidence: [],
    candidates: [],
    techniques: { attackV18: [], attackV19: [], atlas: [], owasp: [] },
    nextSteps: ['Nothing is to be done.'],
    links: [],
    events: [event],
    eventCount: 1,
    sessions: [],
    scoredWith: SCORED_WITH,
  }
}
