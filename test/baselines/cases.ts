/** What is new and what is usual to an agent that follows the routine, by baseline and facet. */
import type { RawEvent } from '../../src/event/event.ts'

export type Fields = Partial<RawEvent>
/** By baseline and facet: something new, and something the routine has daily. */
export const things: Readonly<Record<string, Readonly<Record<string, readonly [Fields, Fields]>>>> =
  {
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
    },
  }
