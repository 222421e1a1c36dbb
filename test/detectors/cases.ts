/** For each detector, how a routine event is changed so that it should speak up. */
import { readFileSync } from 'node:fs'

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/agent/context.ts'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import { parseModel } from '../../src/detectors/autoencoder/model.ts'
import { type Aspect, aspects, type Standing } from '../../src/detectors/detector.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { START_MS } from '../support/life.ts'

export interface Case {
  /** What the odd event has instead of the routine one's. */
  readonly odd?: Partial<RawEvent>
  /** How much later it comes than the routine one. */
  readonly laterMs?: number
  /** How often it comes; each time with another resource. */
  readonly times?: number
  /** Time from one to the next. @default 1 */
  readonly apartMs?: number
  readonly standing?: Partial<Standing>
  /** What the routine has besides. */
  readonly lived?: Partial<RawEvent>
}

const FOLDER = 'models/autoencoder'
const MODEL = parseModel(readFileSync(`${FOLDER}/model.json`), FOLDER)

/** Nats by aspect. */
const findingsOf = (nats: Partial<Record<Aspect, number>>) =>
  Float64Array.from(aspects, (aspect) => nats[aspect] ?? 0)

const bot: RegisteredAgent = {
  id: 'bot',
  status: 'active',
  purpose: { actions: ['mail.*'], resources: ['*'] },
}

export const cases: Readonly<Record<string, Case>> = {
  'off-hours': { laterMs: 3 * DAY_MS + 13 * HOUR_MS },
  'sudden-return': { laterMs: 40 * DAY_MS },
  'gone-quiet': { laterMs: DAY_MS },
  'event-burst': { times: 400 },
  'bulk-transfer': { odd: { volume: { records: 500_000, bytes: 5e9 } } },
  'wide-reach': { times: 100 },
  'refusal-burst': { odd: { outcome: 'denied' }, times: 40 },
  'large-call': { odd: { volume: { records: 500_000, bytes: 5e9 } } },
  'repeated-action': { times: 60 },
  'long-session': { times: 20, apartMs: 25 * MINUTE_MS },
  'slow-drift': { times: 900, apartMs: 10 * MINUTE_MS },
  'new-resource': { odd: { resource: { id: 'sites/finance/folder1/other' } } },
  'new-neighbourhood': { odd: { resource: { id: 'sites/finance/elsewhere/item1' } } },
  'new-area': { odd: { resource: { id: 'vault/finance/folder1' } } },
  'odd-use': { odd: { action: 'mail.read' } },
  'odd-sensitivity': {
    odd: { resource: { id: 'sites/finance/folder1/item1', type: 'file', sensitivity: 'secret' } },
  },
  'rare-action': { odd: { action: 'files.delete' } },
  'odd-step': { odd: { action: 'files.delete' } },
  'new-origin': { odd: { source: { ip: '203.0.113.9', asn: 'AS9', country: 'KP' } } },
  'new-address': { odd: { source: { ip: '203.0.113.9', asn: 'AS1', country: 'DE' } } },
  'new-client': { odd: { source: { ip: '10.1.2.3', userAgent: 'curl/8.5' } } },
  'new-permission': { odd: { permission: { used: 'Directory.ReadWrite.All' } } },
  'odd-trigger': { odd: { trigger: { kind: 'prompt' } } },
  'new-user': { odd: { onBehalfOf: 'ceo@corp.example' } },
  'odd-outcome': { odd: { outcome: 'denied' } },
  'shadow-agent': { standing: { registry: new Map(), registered: undefined } },
  'beyond-purpose': { standing: { registry: new Map([['bot', bot]]), registered: bot } },
  newcomer: { standing: { events: 0 } },
  'odd-privilege': { odd: { action: 'credentials.create' } },
  'new-destination': {
    odd: { action: 'mail.send', resource: { id: 'mail/out/someone@elsewhere.example' } },
  },
  'data-flow': {
    odd: { action: 'mail.send', resource: { id: 'mail/out/someone@elsewhere.example' } },
  },
  'shared-novelty': { standing: { shared: { nats: 6, kinds: 3 } } },
  'lone-habit': { standing: { lone: { nats: 6, days: 3, firstMs: START_MS - 5 * DAY_MS } } },
  'heavy-session': { odd: { volume: { records: 40, bytes: 20_000 } }, times: 6 },
  'new-caller': {
    odd: { trigger: { kind: 'agent', id: 'stranger-01' } },
    lived: { trigger: { kind: 'agent', id: 'planner-01' } },
  },
  'odd-start': { odd: { action: 'files.delete', session: 'run-apart' } },
  'off-beat': { odd: { session: 'run-apart' }, laterMs: 31 * MINUTE_MS },
  'look-alike': { standing: { registry: new Map(), double: 'b0t', events: 3 } },
  'unheard-of': { odd: { action: 'files.purge' } },
  'unheard-of-step': { odd: { action: 'files.delete' } },
  'unheard-of-place': { odd: { resource: { id: 'vault/finance/folder1' } } },
  'odd-combination': { standing: { findings: findingsOf({ time: 9, client: 9 }), model: MODEL } },
  'unheard-of-origin': { odd: { source: { ip: '203.0.113.9', asn: 'AS9', country: 'KP' } } },
}
