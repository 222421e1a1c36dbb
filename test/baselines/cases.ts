/** What is new and what is usual to an agent that follows the routine, by baseline and facet. */
import { DAY_MS, MINUTE_MS } from '../../src/agent/context.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { START_MS } from '../support/life.ts'

export type Fields = Partial<RawEvent> & { readonly atMs?: number }
/** Something new, and something the routine has daily: with what is added to it, where it lacks it. */
type Pair = readonly [odd: Fields, usual: Fields, added?: Fields]
/** By baseline and facet. */
export const things: Readonly<Record<string, Readonly<Record<string, Pair>>>> = {
  resources: {
    resource: [{ resource: { id: 'sites/finance/x' } }, { resource: { id: 'mailbox/inbox/1' } }],
    container: [{ resource: { id: 'sites/hr/x' } }, { resource: { id: 'mailbox/inbox/x' } }],
    area: [{ resource: { id: 'vault/a/b' } }, { resource: { id: 'sites/a/b' } }],
    use: [{ action: 'mail.read' }, { action: 'files.read' }],
    sensitivity: [
      { resource: { id: 'a', sensitivity: 'secret' } },
      { resource: { id: 'a', sensitivity: 'internal' } },
    ],
  },
  origin: {
    ip: [{ source: { ip: '10.1.2.4' } }, { source: { ip: '10.1.2.3' } }],
    network: [{ source: { ip: '10.9.2.4' } }, { source: { ip: '10.1.77.1' } }],
    asn: [{ source: { asn: 'AS2' } }, { source: { asn: 'AS1' } }],
    country: [{ source: { country: 'US' } }, { source: { country: 'DE' } }],
    client: [{ source: { userAgent: 'curl/1.2' } }, { source: { userAgent: 'sdk/9.9' } }],
  },
  authority: {
    permission: [
      { permission: { used: 'Mail.Send' } },
      { permission: { used: 'Files.ReadWrite' } },
    ],
    trigger: [{ trigger: { kind: 'prompt' } }, { trigger: { kind: 'schedule' } }],
    user: [{ onBehalfOf: 'eve' }, { onBehalfOf: 'ann@corp.example' }],
    outcome: [{ outcome: 'denied' }, { outcome: 'success' }],
    caller: [
      { trigger: { kind: 'agent', id: 'stranger-01' } },
      { trigger: { kind: 'agent', id: 'planner-01' } },
      { trigger: { kind: 'agent', id: 'planner-01' } },
    ],
    beat: [{ atMs: START_MS + 12 * DAY_MS + 47 * MINUTE_MS }, { atMs: START_MS + 12 * DAY_MS }],
    release: [
      { agent: { id: 'bot', version: '2.0.0' } },
      { agent: { id: 'bot', version: '1.4.2' } },
      { agent: { id: 'bot', version: '1.4.2' } },
    ],
  },
}
