/** Who acts in a Google Cloud audit log: an agent, or somebody who is not ours to judge. */
import type { RawEvent } from '../../event/event.ts'
import { familyOf } from './family.ts'
import { type Fields, field, fieldsOf, listOf, nameIn, withoutBlanks } from './fields.ts'
import { k8sActor } from './k8s-actor.ts'

type Agent = RawEvent['agent']
type Actor =
  | {
      readonly agent: Agent
      readonly onBehalfOf: string | undefined
      readonly trigger: RawEvent['trigger']
    }
  | { readonly skip: string }

const DOMAIN = '.gserviceaccount.com'
/** Google's own services, when they act with an account of the project. */
const GOOGLES_OWN = /@(?:prod|system)\.google\.com$/
/** An identity given to one agent: its trust domain, then where it runs and what it is. */
const AGENT_IDENTITY = /^(?:principal|spiffe):\/\/agents\.global\.[^/]+\/resources\/(.+)$/
/** Somebody from elsewhere whom a workload identity pool vouches for. */
const POOL_MEMBER =
  /^principal:\/\/iam\.googleapis\.com\/.*\/workloadIdentityPools\/([^/]+)\/subject\/(.+)$/

/**
 * Service accounts are agents, Google's service agents among them, for agents run as those; so are
 * agent identities, workloads of identity pools and Kubernetes service accounts. Whoever
 * impersonates a service account acts through it: a person, on whose behalf it is, or another agent.
 */
export function gcpActor(authentication: Fields): Actor {
  const email = nameIn(authentication, 'principalEmail')
  const subject = nameIn(authentication, 'principalSubject')
  const agent = agentOf(email) ?? agentOf(subject)
  if (agent === undefined) {
    const someone = email ?? subject
    if (someone === undefined) return { skip: 'no principal' }
    if (someone.startsWith('system:')) return { skip: 'Kubernetes acting by itself' }
    return { skip: "a person's own call" }
  }
  const caller = listOf(field(authentication, 'serviceAccountDelegationInfo'))
    .map((each) => callerIn(fieldsOf(each)))
    .find((each) => each !== undefined)
  if (caller === undefined) return { agent, onBehalfOf: undefined, trigger: undefined }
  if (GOOGLES_OWN.test(caller)) {
    return { agent, onBehalfOf: undefined, trigger: { kind: 'service', id: caller } }
  }
  const other = agentOf(caller)
  return other === undefined
    ? { agent, onBehalfOf: caller.replace(/^user:/, ''), trigger: undefined }
    : { agent, onBehalfOf: undefined, trigger: { kind: 'agent', id: other.id } }
}

/** The first in a chain of impersonation, by any of the ways it is told. */
function callerIn(delegation: Fields): string | undefined {
  const first = fieldsOf(field(delegation, 'firstPartyPrincipal'))
  return (
    nameIn(first, 'principalEmail') ??
    nameIn(delegation, 'principalSubject') ??
    nameIn(first, 'principalSubject')
  )
}

function agentOf(named: string | undefined): Agent | undefined {
  const name = named?.replace(/^serviceAccount:/, '')
  if (name === undefined || name === '') return undefined
  if (name.endsWith(DOMAIN)) return serviceAccount(name)
  const identity = AGENT_IDENTITY.exec(name)
  if (identity !== null) return agentIdentity(name, identity[1] ?? '')
  const member = POOL_MEMBER.exec(name)
  if (member !== null) {
    const [, pool = '', subject = ''] = member
    return subject.includes('@') ? undefined : { id: name, name: subject, blueprint: pool }
  }
  const workload = /\.svc\.id\.goog\[([^/\]]+)\/([^\]]+)\]$/.exec(name)
  if (workload !== null) {
    const [, namespace, account = ''] = workload
    return { id: name, name: `${namespace}/${account}`, ...kindOf(account) }
  }
  if (!name.startsWith('system:serviceaccount:')) return undefined
  const actor = k8sActor(name, undefined)
  return 'agent' in actor ? actor.agent : undefined
}

/**
 * An account a project made is of the family its name tells. One that Google made, by the number of
 * a project, is of the service it stands for: `gcp-sa-aiplatform-re`, `cloudbuild`, `developer`.
 */
function serviceAccount(email: string): Agent {
  const [account = '', host = ''] = email.slice(0, -DOMAIN.length).split('@')
  const service = host.replace(/\.iam$/, '')
  const isGoogles =
    service.startsWith('gcp-sa-') || !host.endsWith('.iam') || /^service-\d+$/.test(account)
  return {
    id: email,
    ...(isGoogles ? withoutBlanks({ blueprint: service || undefined }) : kindOf(account)),
  }
}

/** `aiplatform/projects/1/locations/eu/reasoningEngines/7`: the service, and what runs there. */
function agentIdentity(id: string, path: string): Agent {
  const parts = path.split('/')
  const kind = [parts[0], parts.at(-2)].filter(Boolean).join('/')
  return { id, ...withoutBlanks({ name: parts.at(-1) || undefined, blueprint: kind || undefined }) }
}

const kindOf = (account: string) => withoutBlanks({ blueprint: familyOf(account) })
