/** Who asks a Kubernetes API: an agent, or somebody who is not ours to judge. */
import type { RawEvent } from '../../event/event.ts'
import { isPersonsSession, sessionArnOf } from './aws-identity.ts'
import { familyOf } from './family.ts'
import { withoutBlanks } from './fields.ts'

type Actor = { readonly agent: RawEvent['agent'] } | { readonly skip: string }

const SERVICE_ACCOUNT = 'system:serviceaccount:'
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
/** Accounts of a managed control plane, beside Kubernetes' own `system:`. */
const CONTROL_PLANE = /^(?:system:|eks:|aks-?service|aksService$|gke-|gcp:|masterclient$)/

/**
 * Service accounts are agents, and so are those that a cloud vouches for: its service accounts
 * (GKE), service principals by their object id (AKS), roles and users of IAM (EKS).
 *
 * @param arn what EKS adds of the caller, where it does
 */
export function k8sActor(username: string | undefined, arn: string | undefined): Actor {
  if (username === undefined) return { skip: 'no principal' }
  if (username.startsWith(SERVICE_ACCOUNT)) return { agent: serviceAccount(username) }
  if (/^system:(?:anonymous|unauthenticated)$/.test(username)) return { skip: 'nobody signed in' }
  if (username.startsWith('system:node:')) return { skip: 'a node acting by itself' }
  if (CONTROL_PLANE.test(username)) return { skip: 'Kubernetes acting by itself' }
  if (username.endsWith('.gserviceaccount.com')) {
    const blueprint = familyOf(username.split('@')[0] ?? '')
    return { agent: { id: username, ...withoutBlanks({ blueprint }) } }
  }
  if (GUID.test(username)) return { agent: { id: username } }
  const cloudArn = arn ?? (username.startsWith('arn:') ? username : undefined)
  return cloudArn === undefined ? { skip: "a person's own request" } : awsActor(cloudArn)
}

/** `system:serviceaccount:pay:invoice-agent`; its name is its kind, whatever the namespace. */
function serviceAccount(username: string): RawEvent['agent'] {
  const [namespace = '', account = ''] = username.slice(SERVICE_ACCOUNT.length).split(':')
  const name = [namespace, account].filter(Boolean).join('/') || undefined
  return { id: username, ...withoutBlanks({ name, blueprint: familyOf(account) }) }
}

/** As in CloudTrail, a role is one agent however many sessions it has. */
function awsActor(arn: string): Actor {
  const session = sessionArnOf(arn)
  if (session === undefined) {
    return { agent: { id: arn, name: arn.split(/[/:]/).at(-1) || arn } }
  }
  if (isPersonsSession(session.roleArn, session.name)) return { skip: "a person's own request" }
  return { agent: { id: session.roleArn, name: session.roleName } }
}
