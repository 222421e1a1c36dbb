/**
 * Intents: what an action is good for in an attacker's hands, read off its name and its resource's.
 *
 * As in verbs the words decide, for names differ by platform. It says what may be meant, never what
 * was: it chooses among explanations of an alert and takes no part in finding one.
 */
import { formsOf, powerOf } from './verbs.ts'

export const intents = [
  'credentials',
  'metadata',
  'rights',
  'destruction',
  'logging',
  'configuration',
  'code',
  'approval',
  'discovery',
  'collection',
  'mail',
  'storage',
  'egress',
  'memory',
  'agents',
  'models',
  'creation',
] as const
export type Intent = (typeof intents)[number]

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const CREDENTIALS = words(
  'secret secrets credential credentials password passwords token tokens key keys vault vaults ' +
    'listkeys regeneratekey regeneratekeys listsecrets getsecret listaccountsas listservicesas ' +
    'federatedidentitycredentials serviceaccounts',
)
const RIGHTS = words(
  'role roles permission permissions policy policies grant grants consent privilege admin sudo ' +
    'impersonate assume attach passrole owner owners member members group groups ' +
    'roleassignments roledefinitions elevateaccess accesspolicies ' +
    'clusterroles clusterrolebindings rolebindings',
)
const DESTRUCTION = words('delete remove purge destroy wipe drop terminate encrypt')
const LOGGING = words(
  'logging log logs trail trails audit monitor monitoring detector detectors diagnosticsettings sink sinks',
)
const CONFIGURATION = words(
  'guardrail guardrails config configuration settings prompt prompts instructions rules safety',
)
const CODE = words('exec execute shell run eval code container sandbox script notebook runcommand')
const APPROVAL = words('approval approvals approve')
const DISCOVERY = words('list search describe enumerate discover browse scan probe tools directory')
const MAIL = words('mail mailbox mailboxes message messages email')
const STORAGE = words('storage bucket buckets blob lake s3 object objects backup backups snapshot')
const MEMORY = words('memory memories vector vectors embedding embeddings rag')
const AGENTS = words('agent agents a2a handoff delegate blueprint blueprints')
const MODELS = words('model models inference completion completions chat generate')
const CREATION = words('create add new register issue provision rotate')
const IDENTITIES = words(
  'account accounts user users identity identities principal app application',
)
/** What only looks. */
const READING = words('read list get search query view describe browse count check fetch')
/** What switches off. */
const ENDING = words('disable stop suspend delete remove update pause set put')
const COLLECTING = words('read get query export download copy fetch list search')
/** Where clouds hand out credentials to what runs in them. */
const METADATA = /169\.254\.169\.254|metadata\.google|\[?fd00:ec2::254/

/** What an action on a resource may be meant for; often nothing. */
export function intentsOf(action: string, resource: string): Set<Intent> {
  const said = wordsOf(action)
  const all = [...said, ...wordsOf(resource)]
  const has = (set: ReadonlySet<string>) => said.some((word) => set.has(word))
  const isAbout = (set: ReadonlySet<string>) => all.some((word) => set.has(word))
  const isReading = said.some((word) => READING.has(word))
  const holds: Readonly<Record<Intent, boolean>> = {
    credentials: has(CREDENTIALS),
    metadata: METADATA.test(resource),
    rights: has(RIGHTS) && !isReading,
    destruction: has(DESTRUCTION),
    logging: isAbout(LOGGING) && has(ENDING) && !isReading,
    configuration: has(CONFIGURATION) && !isReading,
    code: has(CODE),
    approval: has(APPROVAL),
    discovery: has(DISCOVERY),
    collection: has(COLLECTING),
    mail: has(MAIL),
    storage: isAbout(STORAGE),
    egress: powerOf(action).isEgress,
    memory: isAbout(MEMORY) && !isReading,
    agents: isAbout(AGENTS),
    models: has(MODELS),
    creation: has(CREATION) && (has(CREDENTIALS) || has(IDENTITIES) || has(AGENTS)),
  }
  return new Set(intents.filter((intent) => holds[intent]))
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .flatMap(formsOf)
}
