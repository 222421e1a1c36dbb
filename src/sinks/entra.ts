/**
 * Entra: has Microsoft Entra ID Protection take an agent for compromised.
 *
 * That sets its risk to high, upon which Conditional Access can block it; undoing it is Entra's. So
 * critical alerts alone get there, unless `when` names another severity. To say it twice changes nothing. The id of an
 * alert's agent has to be its object id in Entra.
 *
 * Source    Microsoft Graph (beta), "riskyAgent: confirmCompromised"; it needs the application permission
 *           IdentityRiskyAgent.ReadWrite.All.
 */
import { z } from 'zod'
import { severities } from '../scoring/threshold.ts'
import { openHttpClient } from './http-client.ts'
import { authorised, oauthOptions } from './oauth.ts'
import { below, checkUrls, httpOptions, httpUrl } from './reach.ts'
import { type Sink, type SinkKind, sinkOptions } from './sink.ts'
import { whenSchema } from './when.ts'

const OBJECT_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const schema = z
  .strictObject({
    ...sinkOptions('entra'),
    when: whenSchema
      .extend({ severity: z.enum(severities).default('critical').describe('At least so grave.') })
      .prefault({})
      .describe('Which alerts it gets; those that are critical, unless another severity is named.'),
    ...oauthOptions,
    graphUrl: httpUrl
      .default('https://graph.microsoft.com')
      .describe('Microsoft Graph; other clouds have their own.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('graphUrl', 'loginUrl'))

export type EntraConfig = z.output<typeof schema>

export const entra: SinkKind<EntraConfig> = {
  type: 'entra',
  title: 'Microsoft Entra ID Protection (confirm compromised)',
  schema,
  open: openEntra,
}

function openEntra(config: EntraConfig): Sink {
  const client = openHttpClient(config)
  const url = below(config.graphUrl, 'beta/identityProtection/riskyAgents/confirmCompromised')
  const application = authorised(client, config, `${new URL(config.graphUrl).origin}/.default`)
  const headers = { 'content-type': 'application/json' }
  return {
    name: config.name,
    async send({ agent }, attempt) {
      if (!OBJECT_ID.test(agent.id)) {
        return { kind: 'refused', reason: 'the id of the agent is no object id of Entra' }
      }
      const body = JSON.stringify({ agentIds: [agent.id] })
      return application.deliver({ url, headers, body }, attempt)
    },
    async check() {
      return (await client.check(url)) ?? application.check()
    },
    close: () => client.close(),
  }
}
