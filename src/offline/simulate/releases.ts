/** Releases: how the version, the model and the user agent of a blueprint move on over time. */
import { hash, hashText } from '../../math/random.ts'
import type { Blueprint } from './blueprint.ts'
import { DAY_MS } from './clock.ts'
import type { Setting } from './population.ts'
import type { Release, SimulatedAgent } from './world.ts'

const CLIENTS: Readonly<Record<string, string>> = {
  runtime: 'agent-runtime',
  suite: 'office-connector',
  trail: 'cloud-sdk-python',
  traces: 'otel-agent',
  gateway: 'tool-gateway-client',
  scripts: 'python-requests',
}

type Subject = Pick<SimulatedAgent, 'id' | 'name' | 'blueprint' | 'sponsor' | 'shows' | 'key'>

/** A release train per blueprint; some blueprints switch all agents at once, others take days. */
export function releasesOf(subject: Subject, { startMs, endMs }: Setting): Release[] {
  const { blueprint, key } = subject
  const train = hashText(7, blueprint.name)
  const everyDays = 11 + (train % 23)
  const isGradual = train % 2 === 0
  const first = Math.floor(startMs / DAY_MS) - everyDays
  const releases: Release[] = []
  for (let n = 0; (first + n * everyDays) * DAY_MS < endMs; n++) {
    const atDay = first + n * everyDays + ((train >>> 8) % everyDays)
    const hourOfDay = 9 + (hash(train, n) % 7)
    const delayDays = isGradual ? (hash(key, n) % 400) / 100 : 0
    releases.push({
      fromMs: n === 0 ? -Infinity : atDay * DAY_MS + hourOfDay * 3_600_000 + delayDays * DAY_MS,
      userAgent: `${CLIENTS[blueprint.platform.name]}/${1 + (train % 4)}.${(train % 17) + n}.${hash(train, n) % 9}`,
      agent: facts(subject, blueprint, n, train),
    })
  }
  return releases
}

function facts(
  { id, name, sponsor, shows }: Subject,
  blueprint: Blueprint,
  n: number,
  train: number,
): Release['agent'] {
  const { models } = blueprint
  const version = `${1 + (train % 3)}.${(train % 11) + n}.${hash(train, n, 2) % 6}`
  const model = models?.[Math.floor(n / 2 + (train % 2)) % models.length]
  return {
    id,
    ...(shows.name && { name }),
    ...(shows.blueprint && { blueprint: blueprint.name }),
    ...(shows.version && { version }),
    ...(shows.model && model !== undefined && { model }),
    ...(shows.sponsor && { sponsor }),
  }
}
