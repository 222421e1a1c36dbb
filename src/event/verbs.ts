/**
 * Verbs: what kind of power an action uses, read off its name.
 *
 * Names differ by platform (`secrets.read`, `iam.AttachRolePolicy`, `Remove-Mailbox`); the words in
 * them do not. What is not recognised is ordinary.
 */

export interface Power {
  /** Touches credentials, rights, configuration, logs, code or existence itself. */
  readonly isPrivileged: boolean
  /** Can carry data to somewhere else. */
  readonly isEgress: boolean
}

const PRIVILEGED = new Set(
  (
    'secret secrets credential credentials password passwords token tokens key keys vault vaults ' +
    'role roles permission permissions policy policies grant grants consent privilege admin sudo ' +
    'impersonate assume attach passrole owner owners member members group guardrail guardrails ' +
    'principal principals blueprint blueprints jwt sso allowlist certificate certificates ' +
    'config settings prompt instructions rules logging trail audit monitor monitoring detector ' +
    'disable deactivate stop suspend delete remove purge destroy wipe drop terminate revoke encrypt ' +
    'snapshot snapshots backup backups exec execute shell run eval deploy container sandbox ' +
    // Written without a gap by Azure and Kubernetes.
    'roleassignments roledefinitions elevateaccess accesspolicies policyassignments ' +
    'policydefinitions locks listkeys regeneratekey regeneratekeys listsecrets getsecret ' +
    'listaccountsas listservicesas federatedidentitycredentials diagnosticsettings runcommand ' +
    'clusterroles clusterrolebindings rolebindings serviceaccounts networkpolicies ' +
    'certificatesigningrequests mutatingwebhookconfigurations validatingwebhookconfigurations'
  ).split(' '),
)
/** What only takes in, whatever it is called after: `mail.read`, `messages.list`. */
const READING = new Set(
  'read list get search query view describe browse count check download fetch'.split(' '),
)
const EGRESS = new Set(
  (
    'send post put upload share forward export copy publish write create invite invoke call ' +
    'webhook webhooks http mail email message transfer sync replicate push'
  ).split(' '),
)

/** Names kept; a tenant's agents know far fewer actions. */
const KNOWN_MAX = 4096
const known = new Map<string, Power>()

export function powerOf(action: string): Power {
  const before = known.get(action)
  if (before !== undefined) return before
  const words = action
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
  const said = words.flatMap(formsOf)
  const power = {
    isPrivileged: said.some((word) => PRIVILEGED.has(word)),
    isEgress:
      !formsOf(words.at(-1) ?? '').some((word) => READING.has(word)) &&
      said.some((word) => EGRESS.has(word)),
  }
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(action, power)
  return power
}

/** A word, and what it is when it tells of something done: `deleted` → `delete`, `stopped` → `stop`. */
export function formsOf(word: string): readonly string[] {
  if (word === 'sent') return [word, 'send']
  if (!word.endsWith('ed')) return [word]
  const stem = word.slice(0, -2)
  return [word, `${stem}e`, stem, stem.replace(/(.)\1$/, '$1')]
}

const egress = new Map<number, boolean>()

/** Whether an action can carry data to somewhere else; `key` is its key, found faster than its name. */
export function isEgress(key: number, action: string): boolean {
  const before = egress.get(key)
  if (before !== undefined) return before
  if (egress.size >= KNOWN_MAX) egress.clear()
  const can = powerOf(action).isEgress
  egress.set(key, can)
  return can
}
